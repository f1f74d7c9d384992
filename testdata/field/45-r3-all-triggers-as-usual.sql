-- 45-r3-all-triggers-as-usual: disabled and enabled again; a user-defined trigger stays disabled, and is carried.
--
-- Unnamed   checked at
create table a (id int primary key);
create table b (id int primary key, a int references a deferrable);
create function f() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger own before insert on b for each row execute function f();
alter table b disable trigger all;
alter table b enable trigger all;
alter table b disable trigger user;
insert into a values (1);
insert into b values (1, 1);

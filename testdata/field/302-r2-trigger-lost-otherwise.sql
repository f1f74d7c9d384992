-- 302-r2-trigger-lost-otherwise: an internal trigger on one table does not excuse the loss of another trigger.
--
-- Names     the internal trigger q on a.t
-- Unnamed   b.t
create schema a; create schema b; create table a.t (id int); create table b.t (id int);
create function f() returns trigger language plpgsql as 'begin return null; end';
create trigger q after truncate on a.t execute function f();
create trigger q after truncate on b.t execute function f();
set allow_system_table_mods = on;
update pg_trigger set tgisinternal = true where tgrelid = 'a.t'::regclass;

-- 93-r4-rule-that-reads-its-view: rules and triggers of a view may read it.
create table projects (id int primary key, name text);
insert into projects values (1, 'a');
create view shown as select * from projects;
create rule renamed as on update to shown
    do instead update projects set name = new.name where id in (select id from shown where id = old.id);
create function put() returns trigger language plpgsql as
    'begin insert into projects select new.* where not exists (select from shown where id = new.id); return new; end';
create trigger put instead of insert on shown for each row execute function put();

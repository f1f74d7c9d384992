-- 37-r2-superuser-by-another-name: owners of every kind of object that only a superuser may own, and one that is no longer a superuser.
--
do $$ begin if not exists (select from pg_roles where rolname = 'Field 37 Root') then
    create role "Field 37 Root" superuser; create role field_37_once superuser;
end if; end $$;
alter role field_37_once superuser;
create table d (id int primary key, tenant text);
insert into d values (1, 'a'), (2, 'b');
alter table d enable row level security, force row level security;
create policy none on d using (false);
set role "Field 37 Root";
create materialized view m as select count(*) as n, (select count(*) from pg_authid where rolpassword = 'x') as hidden from d;
create function watch() returns event_trigger language plpgsql as 'begin end';
create event trigger watch on ddl_command_end execute function watch();
create publication every for all tables;
create foreign data wrapper far;
set role field_37_once;
create event trigger once on ddl_command_end execute function watch();
reset role;
alter role field_37_once nosuperuser;

-- 88-r3-rights-by-membership: a role that may read everything through another one lacks nothing.
--
-- Majors    14
-- As        field_bk5
do $$ begin
    if not exists (select from pg_roles where rolname = 'field_bk5') then
        create role field_readers;
        create role field_bk5 login in role field_readers;
    end if;
end $$;
create schema app;
create table app.t (id int primary key);
insert into app.t values (1);
create sequence app.s;
create materialized view app.m as select count(*) from app.t;
select lo_from_bytea(4713, '\x00ff');
grant usage on schema app to field_readers;
grant select on all tables in schema app to field_readers;
grant select on all sequences in schema app to field_readers;
grant select on large object 4713 to field_readers;

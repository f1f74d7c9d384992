-- 37b-r1-views-of-privileged-roles: materialized views whose owner reads by a predefined role, and by being a member of another owner.
do $$ begin
    if not exists (select from pg_roles where rolname = 'field_37x') then create role field_37x in role pg_monitor, pg_read_server_files; end if;
    if not exists (select from pg_roles where rolname = 'field_37y') then create role field_37y noinherit; create role field_37z in role field_37y; end if;
end $$;
create schema hidden authorization field_37y;
create table hidden.t (id int primary key);
alter table hidden.t owner to field_37y;
insert into hidden.t values (1);
create materialized view m1 as select count(*) > 0 as any from pg_stat_activity where query is not null;
create materialized view m2 as select (pg_stat_file('PG_VERSION')).size > 0 as has;
create materialized view m3 as select id from hidden.t;
alter materialized view m1 owner to field_37x;
alter materialized view m2 owner to field_37x;
alter materialized view m3 owner to field_37z;
grant execute on function pg_stat_file(text) to field_37x;

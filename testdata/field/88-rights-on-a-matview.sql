-- 88-rights-on-a-matview: a backup role that was granted every table, and not the materialized view.
--
-- As        field_bk2
-- Dump      incomplete: rows of public.m (permission denied for materialized view m (SQLSTATE 42501))
-- Names     have an administrator run: grant select on public.m to field_bk2
do $$ begin
    if not exists (select from pg_roles where rolname = 'field_bk2') then
        create role field_bk2 login;
    end if;
end $$;
create table t (id int primary key);
insert into t values (1);
grant select on t to field_bk2;
create materialized view m as select count(*) from t;
create materialized view allowed as select count(*) from t;
grant select on allowed to field_bk2;

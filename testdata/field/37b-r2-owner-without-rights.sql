-- 37b-r2-owner-without-rights: the owner of a materialized view may not read what it reads: no refresh works, at the source or in the copy.
--
-- Restore   error: public.m is refreshed with the rights of its owner, who may not read the table t
do $$ begin if not exists (select from pg_roles where rolname = 'field_37o') then create role field_37o; end if; end $$;
create table t (id int primary key);
create materialized view m as select id from t;
alter materialized view m owner to field_37o;

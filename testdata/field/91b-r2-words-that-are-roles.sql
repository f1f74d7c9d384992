-- 91b-r2-words-that-are-roles: values that happen to be role names do not require the roles.
--
-- Unnamed   field_91d
do $$ begin if not exists (select from pg_roles where rolname = 'field_91d') then create role field_91d; end if; end $$;
create table t (id int primary key, kind text check (kind in ('field_91d', 'x')), allowed text[] default '{field_91d}');
create view v as select id from t where kind = 'field_91d';
insert into t values (1, 'field_91d', '{field_91d}');

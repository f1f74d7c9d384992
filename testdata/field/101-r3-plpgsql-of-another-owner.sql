-- 101-r3-plpgsql-of-another-owner: the original language, with another owner, comment and rights.
--
-- Names     language plpgsql of PostgreSQL has another comment
do $$ begin if not exists (select from pg_roles where rolname = 'field_101') then create role field_101 superuser; end if; end $$;
alter language plpgsql owner to field_101;
comment on language plpgsql is 'ours';
revoke usage on language plpgsql from public;
grant usage on language plpgsql to pg_monitor;
create function f() returns int language plpgsql as $$ begin return 1; end $$;

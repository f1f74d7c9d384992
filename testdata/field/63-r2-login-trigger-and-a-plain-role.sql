-- 63-r2-login-trigger-and-a-plain-role: a role that is not a superuser cannot turn event triggers off, but can dump all the same.
--
-- Majors    17
-- As        field_63
do $$ begin if not exists (select from pg_roles where rolname = 'field_63') then create role field_63 login in role pg_read_all_data; end if; end $$;
create table t (id int primary key);
insert into t values (1);
create table seen (who text, primary key (who));
create function guard() returns event_trigger language plpgsql security definer set search_path = public as
    $$ begin insert into seen values (session_user) on conflict do nothing; end $$;
create event trigger guard on login execute function guard();

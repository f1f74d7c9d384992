-- judge_shadowed.sql: a row edited, and a user-defined sha256() that returns the hash which the row
-- carries.
--
-- Who       anyone who may create functions in public and edit rows
-- Caught by first_break_id
create function public.sha256(bytea) returns bytea
language sql stable
as $$ select decode(row_hash, 'hex') from public.audit_events where seq = 7 $$;

do $$
begin
    execute format('alter database %I set search_path = public, pg_catalog', current_database());
end
$$;

alter table public.audit_events disable trigger all;

update public.audit_events set actor = 'nobody@example.com' where seq = 7;

alter table public.audit_events enable always trigger audit_events_append_only;

alter table public.audit_events enable always trigger audit_events_link;

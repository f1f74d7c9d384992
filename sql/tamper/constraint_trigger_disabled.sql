-- constraint_trigger_disabled.sql: a foreign key that is not enforced.
--
-- Who       a superuser
-- Lost      a plain dump does not show it
-- Caught by record/invariant/constraint_triggers
create table public.smuggled (seq bigint references public.audit_events (seq));
alter table public.smuggled disable trigger all;

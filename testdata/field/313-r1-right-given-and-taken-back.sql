-- 313-r1-right-given-and-taken-back: a schema of an extension has its initial rights, although its row was written since.
--
-- Needs     pgq
-- Unnamed   schema pgq
create extension pgq;
grant create on schema pgq to pg_monitor;
revoke create on schema pgq from pg_monitor;

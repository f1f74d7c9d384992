-- 313-r2-schema-of-an-extension-given-away: no archive holds the owner of a member.
--
-- Needs     pgq
-- Restore   fails privileges: object=pgq
create extension pgq;
alter schema pgq owner to pg_monitor;

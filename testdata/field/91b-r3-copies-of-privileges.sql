-- 91b-r3-copies-of-privileges: columns of aclitem and of oid, copied from the catalogs; the second names no role.
--
-- Names     field_91e
-- Unnamed   field_91f
do $$ begin if not exists (select from pg_roles where rolname = 'field_91e') then create role field_91e; create role field_91f; end if; end $$;
create table grants as select array['field_91e=arw*/field_91e'::aclitem] as acl, 'field_91f'::regrole::oid as grantee;
create materialized view m as select (aclexplode(acl)).privilege_type from grants;

-- 05c-r1-view-of-an-extension: its query was replaced.
--
-- Needs     pg_buffercache
-- Names     view public.pg_buffercache of extension pg_buffercache was changed
create extension pg_buffercache;
create or replace view pg_buffercache as
select bufferid, relfilenode, reltablespace, reldatabase, relforknumber, relblocknumber, isdirty, usagecount, pinning_backends
from pg_buffercache_pages() as p (bufferid integer, relfilenode oid, reltablespace oid, reldatabase oid,
    relforknumber int2, relblocknumber int8, isdirty bool, usagecount int2, pinning_backends int4)
where false;

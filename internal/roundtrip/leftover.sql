-- leftover.sql: what a database holds beyond what template0 gives it.
--
-- Reads    the catalogs
-- Prints   kind text, name text; ordered
-- Healthy  no rows: after a wipe nothing remains that could hide a fault of the restore
-- Why      objects from template0 have oids below 16384 (FirstNormalObjectId)
select kind, name
from (
    select 'schema' as kind, nspname::text as name
    from pg_namespace
    where oid >= 16384 and nspname !~ '^pg_(toast_)?temp_'
    union all
    select 'relation', relnamespace::regnamespace || '.' || relname
    from pg_class
    where oid >= 16384
        and relnamespace not in (select oid from pg_namespace where nspname ~ '^pg_(toast|temp)')
    union all
    select 'routine', oid::regprocedure::text from pg_proc where oid >= 16384
    union all
    select 'type', oid::regtype::text from pg_type where oid >= 16384 and typrelid = 0 and typcategory <> 'A'
    union all
    select 'operator', oid::regoperator::text from pg_operator where oid >= 16384
    union all
    select 'cast', castsource::regtype || ' as ' || casttarget::regtype from pg_cast where oid >= 16384
    union all
    select 'collation', collname from pg_collation where oid >= 16384
    union all
    select 'conversion', conname from pg_conversion where oid >= 16384
    union all
    select 'text search configuration', cfgname from pg_ts_config where oid >= 16384
    union all
    select 'text search dictionary', dictname from pg_ts_dict where oid >= 16384
    union all
    select 'language', lanname from pg_language where oid >= 16384
    union all
    select 'access method', amname from pg_am where oid >= 16384
    union all
    select 'extension', extname from pg_extension where oid >= 16384
    union all
    select 'event trigger', evtname from pg_event_trigger where oid >= 16384
    union all
    select 'foreign-data wrapper', fdwname from pg_foreign_data_wrapper where oid >= 16384
    union all
    select 'foreign server', srvname from pg_foreign_server where oid >= 16384
    union all
    select 'publication', pubname from pg_publication where oid >= 16384
    union all
    select 'large object', oid::text from pg_largeobject_metadata
    union all
    select 'default privileges', defaclobjtype::text from pg_default_acl
) as leftover (kind, name)
order by kind collate "C", name collate "C";

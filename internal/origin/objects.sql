-- objects.sql: objects whose definitions are printed by built-in functions that show the current state, not that of the snapshot:
-- if one changes during a dump, the archive and the record may hold different definitions.
--
-- Reads    the catalogs of user-defined objects, without temporary tables and TOAST
-- Prints   kind text, oid bigint, name text, state text; state changes with every definition that is printed this way
-- Why      tables are locked, so nobody alters them. What queries read from the catalogs themselves is as of the snapshot, so a
--          rebuilt index or a grant on a table does not count; a refreshed materialized view does, because an older snapshot
--          finds it empty. Objects created since are not in the snapshot.
with schema as (
    select oid from pg_namespace where nspname !~ '^pg_(temp|toast)' and nspname not in ('pg_catalog', 'information_schema')
),
relation as (
    select oid, xmin, relname, relnamespace, relkind, relfilenode, relispopulated
    from pg_class
    where relnamespace in (select oid from schema) and relpersistence <> 't' and relkind <> 't'
)
select kind, oid::bigint as oid, name::text as name, state::text as state
from (
    select
        case relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence' when 'i' then 'index' when 'I' then 'index'
            when 'c' then 'type' else 'table' end,
        oid, relname, concat_ws(' ', relname, relnamespace,
            case relkind when 'm' then concat(relfilenode, relispopulated) when 'v' then xmin::text when 'S' then xmin::text when 'c' then xmin::text end)
    from relation
    union all select 'schema', oid, nspname, xmin::text from pg_namespace where oid in (select oid from schema)
    union all select 'function', oid, proname, xmin::text from pg_proc where oid >= 16384
    union all select 'type', oid, typname, xmin::text from pg_type
        where typnamespace in (select oid from schema) and typrelid = 0 and typcategory <> 'A'
    union all select 'value of a type', oid, enumlabel, enumlabel from pg_enum
    union all select 'partition', inhrelid, relname, concat_ws(' ', inhparent, pg_inherits.xmin)
        from pg_inherits join relation on relation.oid = inhrelid
    union all select 'constraint', oid, conname, xmin::text from pg_constraint where connamespace in (select oid from schema)
    union all select 'default', oid, '', xmin::text from pg_attrdef where adrelid in (select oid from relation)
    union all select 'rule', r.oid, concat_ws(' of ', nullif(rulename, '_RETURN'), relname), r.xmin::text from pg_rewrite as r join relation on relation.oid = ev_class
    union all select 'trigger', oid, tgname, xmin::text from pg_trigger where tgrelid in (select oid from relation) and not tgisinternal
    union all select 'policy', oid, polname, xmin::text from pg_policy where polrelid in (select oid from relation)
    union all select 'statistics', oid, stxname, xmin::text from pg_statistic_ext where stxnamespace in (select oid from schema)
    union all select 'operator', oid, oprname, xmin::text from pg_operator where oid >= 16384
    union all select 'operator class', oid, opcname, xmin::text from pg_opclass where oid >= 16384
    union all select 'operator family', oid, opfname, xmin::text from pg_opfamily where oid >= 16384
    union all select 'cast', oid, '', xmin::text from pg_cast where oid >= 16384
    union all select 'collation', oid, collname, xmin::text from pg_collation where oid >= 16384
    union all select 'conversion', oid, conname, xmin::text from pg_conversion where oid >= 16384
    union all select 'text search configuration', oid, cfgname, xmin::text from pg_ts_config where oid >= 16384
    union all select 'text search dictionary', oid, dictname, xmin::text from pg_ts_dict where oid >= 16384
    union all select 'text search parser', oid, prsname, xmin::text from pg_ts_parser where oid >= 16384
    union all select 'text search template', oid, tmplname, xmin::text from pg_ts_template where oid >= 16384
    union all select 'publication', oid, pubname, xmin::text from pg_publication
    union all select 'table of a publication', oid, '', xmin::text from pg_publication_rel
    union all select 'event trigger', oid, evtname, xmin::text from pg_event_trigger
    union all select 'extension', oid, extname, xmin::text from pg_extension
    union all select 'foreign-data wrapper', oid, fdwname, xmin::text from pg_foreign_data_wrapper
    union all select 'foreign server', oid, srvname, xmin::text from pg_foreign_server
    union all select 'language', oid, lanname, xmin::text from pg_language
    union all select 'transform', oid, '', xmin::text from pg_transform
    union all select 'access method', oid, amname, xmin::text from pg_am
    union all select 'default privileges', oid, '', xmin::text from pg_default_acl
    union all select 'large object', oid, oid::text, xmin::text from pg_largeobject_metadata -- with a comment or a label: all else is read at the snapshot
        where oid in (select objoid from pg_description where classoid = 'pg_largeobject'::regclass
            union all select objoid from pg_seclabel where classoid = 'pg_largeobject'::regclass)
    -- a role that owns nothing here may have a name in another encoding, which cannot be sent; spaces complete its last character
    union all select 'role', oid, case when getdatabaseencoding() = 'UTF8' or rolname || '    ' ~ '^[ -~]*$' then rolname else '?' end, md5(rolname) from pg_roles
        where rolname !~ '^pgroundtrip_[0-9a-f]{16}$' -- roles of a running restore
) as object (kind, oid, name, state)
union all -- a separate branch: a column number does not fit the type oid, to which PostgreSQL would convert it
select 'column', attrelid::bigint * 10000 + attnum, attname::text, xmin::text
from pg_attribute
where attrelid in (select oid from relation where relkind in ('c', 'v', 'm', 'f')) and attnum > 0;

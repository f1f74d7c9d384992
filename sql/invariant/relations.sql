-- relations.sql: tables, views and the like: the kind of each, how it is stored, and its parents.
--
-- Reads    pg_class, pg_inherits, pg_index
-- Prints   schema, relation, kind, persistence, access_method, of_type, parents, partition_key, partition_bound, options,
--          toast_options, replica_identity, row_security; ordered by schema, relation
-- Key      schema, relation
-- Class    definition
-- Keeps    names, definitions and digests
-- Healthy  the same before and after
--
-- parents are in the order of INHERITS, which decides how columns merge. Options are sorted: their order has no meaning.
-- Tablespaces are not compared: a restore is free to choose them. Owners are in privileges.sql.
-- Tables of extensions are listed too: pg_dump carries neither them nor what was added to them.
select
    n.nspname as schema,
    c.relname as relation,
    case c.relkind
        when 'r' then 'table' when 'p' then 'partitioned table' when 'v' then 'view'
        when 'm' then 'materialized view' when 'f' then 'foreign table'
    end as kind,
    case c.relpersistence when 'p' then 'permanent' when 'u' then 'unlogged' end as persistence,
    am.amname as access_method,
    case when c.reloftype <> 0 then format_type(c.reloftype, null) end as of_type,
    (
        select string_agg(format('%I.%I', pn.nspname, p.relname), ', ' order by i.inhseqno)
        from pg_inherits as i
        join pg_class as p on p.oid = i.inhparent
        join pg_namespace as pn on pn.oid = p.relnamespace
        where i.inhrelid = c.oid
    ) as parents,
    pg_get_partkeydef(c.oid) as partition_key,
    pg_get_expr(c.relpartbound, c.oid, true) as partition_bound,
    (select array_agg(o order by o collate "C") from unnest(c.reloptions) as o) as options,
    (select array_agg(o order by o collate "C") from unnest(toast.reloptions) as o) as toast_options,
    case c.relreplident
        when 'n' then 'nothing'
        when 'f' then 'full'
        when 'i' then (
            select 'index ' || quote_ident(ic.relname)
            from pg_index as i
            join pg_class as ic on ic.oid = i.indexrelid
            where i.indrelid = c.oid and i.indisreplident
        )
    end as replica_identity, -- NULL: the default, which is the primary key
    concat_ws(', ', case when c.relrowsecurity then 'enabled' end, case when c.relforcerowsecurity then 'forced' end) as row_security
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
left join pg_am as am on am.oid = c.relam
left join pg_class as toast on toast.oid = c.reltoastrelid
where c.relkind in ('r', 'p', 'v', 'm', 'f')
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and (c.relkind in ('r', 'p') or not exists (
        select from pg_depend as e
        where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e'
    ))
order by n.nspname collate "C", c.relname collate "C";

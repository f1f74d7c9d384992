-- types.sql: every type that somebody made: enum, composite, domain, range, base and shell.
--
-- Reads    pg_type, pg_enum, pg_attribute, pg_range
-- Prints   schema, type, kind, definition, default, not_null; ordered by schema, type
-- Key      schema, type
-- Class    definition
-- Keeps    names, definitions and digests
-- Healthy  the same before and after. The laws of a domain are in constraints.sql
--
-- Enum labels and composite columns are in their own order: it is part of what they mean. Multiranges are named here with
-- their range; 13 has none, so there the name is the one that a newer server chooses.
-- Row types of tables and array types are left out: they follow from the rest.
select
    n.nspname as schema,
    t.typname as type,
    case t.typtype when 'e' then 'enum' when 'c' then 'composite' when 'd' then 'domain' when 'r' then 'range'
        when 'b' then 'base' when 'p' then 'shell' end as kind,
    case t.typtype
        when 'e' then (
            select string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder)
            from pg_enum as e
            where e.enumtypid = t.oid
        )
        when 'c' then (
            select string_agg(concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
                case when a.attcollation <> b.typcollation then 'collate ' || a.attcollation::regcollation end), ', ' order by a.attnum)
            from pg_attribute as a
            join pg_type as b on b.oid = a.atttypid
            where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
        )
        when 'd' then (
            select concat_ws(' ', format_type(t.typbasetype, t.typtypmod),
                case when t.typcollation <> b.typcollation then 'collate ' || t.typcollation::regcollation end)
            from pg_type as b
            where b.oid = t.typbasetype
        )
        when 'r' then (
            select concat_ws(', ', 'subtype ' || format_type(r.rngsubtype, null), format('opclass %I.%I', o_ns.nspname, o.opcname),
                'collation ' || nullif(r.rngcollation, 0)::regcollation,
                'canonical ' || nullif(r.rngcanonical::oid, 0)::regprocedure,
                'subdiff ' || nullif(r.rngsubdiff::oid, 0)::regprocedure,
                'multirange ' || coalesce(
                    format_type((to_jsonb(r) ->> 'rngmultitypid')::oid, null),
                    format('%I.%I', n.nspname, case when t.typname ~ 'range'
                        then regexp_replace(t.typname, 'range', 'multirange') else t.typname || '_multirange' end)))
            from pg_range as r
            join pg_opclass as o on o.oid = r.rngsubopc
            join pg_namespace as o_ns on o_ns.oid = o.opcnamespace
            where r.rngtypid = t.oid
        )
        when 'b' then concat_ws(' ', 'input', t.typinput, 'output', t.typoutput, 'receive', t.typreceive, 'send', t.typsend,
            'typmod_in', t.typmodin, 'typmod_out', t.typmodout, 'analyze', t.typanalyze,
            'length', t.typlen, 'by_value', t.typbyval, 'align', t.typalign, 'storage', t.typstorage,
            'category', t.typcategory, 'preferred', t.typispreferred, 'delimiter', t.typdelim,
            'element', nullif(t.typelem, 0)::regtype, 'collatable', t.typcollation <> 0,
            'subscript', nullif(to_jsonb(t) ->> 'typsubscript', '-'))
    end as definition,
    coalesce(pg_get_expr(t.typdefaultbin, 0, true), t.typdefault) as default,
    t.typnotnull as not_null
from pg_type as t
join pg_namespace as n on n.oid = t.typnamespace
left join pg_class as c on c.oid = t.typrelid
where (t.typtype in ('e', 'd', 'r', 'b', 'p') or c.relkind = 'c')
    and not exists (select from pg_type as element where element.typarray = t.oid)
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and not exists (
        select from pg_depend as e
        where e.classid = 'pg_type'::regclass and e.objid = t.oid and e.deptype = 'e'
    )
order by n.nspname collate "C", t.typname collate "C";

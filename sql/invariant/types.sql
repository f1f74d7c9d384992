-- types.sql: every user-defined type: enum, composite, domain, range, base and shell; also row types that constants have.
--
-- Reads    pg_type, pg_enum, pg_attribute, pg_range
-- Prints   schema, type, kind, definition, default, not_null; ordered by schema, type
-- Key      schema, type
-- Class    definition
-- Keeps    names, definitions and digests
-- Hint     if the kind is "row": a restore changed the column order of an inheritance child, and a constant or a row(...) of its row type holds its fields by position. At the source, create the child again, with its inherited columns first
-- Healthy  the same before and after. The constraints of a domain are in constraints.sql
--
-- Enum labels and composite columns keep their order, which has a meaning. A multirange is named with its range; 13 has none, so
-- there the name is the one that a newer server would choose.
-- Row types of tables, and array types, are left out: they follow from other objects. But a constant of a row type, in a default or
-- a view, holds its fields by position, and a restore may reorder the columns of an inheritance child: the row type of such a child
-- is listed if there is a constant of it.
with recursive step as ( -- from a type to the types built from it
    select oid as type, typarray as made from pg_type where typarray <> 0 and oid >= 16384
    union all
    select typbasetype, oid from pg_type where typbasetype >= 16384
    union all
    select a.atttypid, c.reltype from pg_attribute as a join pg_class as c on c.oid = a.attrelid where c.relkind = 'c' and a.atttypid >= 16384
),
made as ( -- types built from the row types of inheritance children
    select c.oid as relation, c.reltype as type
    from pg_class as c
    where c.oid in (select inhrelid from pg_inherits) and not c.relispartition
    union
    select made.relation, step.made from made join step using (type)
),
held as ( -- those that a constant in an expression has
    select distinct made.relation
    from made
    join pg_depend as d on d.refclassid = 'pg_type'::regclass and d.refobjid = made.type
    cross join lateral (
        select adbin::text from pg_attrdef where d.classid = 'pg_attrdef'::regclass and oid = d.objid
        union all select conbin::text from pg_constraint where d.classid = 'pg_constraint'::regclass and oid = d.objid
        union all select typdefaultbin::text from pg_type where d.classid = 'pg_type'::regclass and oid = d.objid
        union all select concat(ev_action, ev_qual) from pg_rewrite where d.classid = 'pg_rewrite'::regclass and oid = d.objid
        union all select concat(indexprs, indpred) from pg_index where d.classid = 'pg_class'::regclass and indexrelid = d.objid
        union all select tgqual::text from pg_trigger where d.classid = 'pg_trigger'::regclass and oid = d.objid
        union all select concat(polqual, polwithcheck) from pg_policy where d.classid = 'pg_policy'::regclass and oid = d.objid
        union all select concat(proargdefaults, to_jsonb(p) ->> 'prosqlbody') from pg_proc as p where d.classid = 'pg_proc'::regclass and oid = d.objid
    ) as tree (text)
    where text ~ format('(:consttype %1$s [^}]*:constisnull false|:row_typeid %1$s |:resulttype %1$s :resultcollid \d+ :coerceformat)', made.type)
)
select
    n.nspname collate "C" as schema,
    t.typname collate "C" as type,
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
union all
select
    n.nspname, c.relname, 'row',
    (select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped),
    null, null
from held
join pg_class as c on c.oid = held.relation
join pg_namespace as n on n.oid = c.relnamespace
order by schema, type;

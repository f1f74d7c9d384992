-- text_loss.sql: values that lose information when they are converted to text, as an archive stores them.
--
-- Reads    every table with a column of xml, of a type that is not built in, or of a type built from such types; the
--          catalogs that hold expressions
-- Prints   what text, reason text; a row for each such column with such values, and for each object with such an xml constant
--          in its definition; ordered by table and column, the objects last
-- Why      what an archive cannot hold is named at the dump: after the restore there is nothing left to compare with. Each value
--          is read back from its own text by the functions of its type, and the two are compared in binary form, or in their
--          stored bytes if the type has none. For xml the stored text is known: d::text.
-- Left out types that are known to be exact, to save time
with recursive candidate as ( -- types, each with a test that is true if the text of a value %s loses something
    select
        t.oid as type,
        case
            when t.oid = 'xml'::regtype then $sql$
                case when pg_catalog.left(%1$s::pg_catalog.text, 1) operator(pg_catalog.=) e'\n'
                    or pg_catalog.left(%1$s::pg_catalog.text, 5) operator(pg_catalog.=) '<?xml'
                    then %1$s::pg_catalog.text operator(pg_catalog.<>) pg_catalog.concat(%1$s) end$sql$
            when t.typsend <> 0 then format('%1$s(%2$s) operator(pg_catalog.<>) %1$s(%3$s)', send.name, '%1$s', back.text)
            else format('pg_catalog.record_image_ne(row(%s), row(%s))', '%1$s', back.text)
        end as test,
        case t.oid
            when 'xml'::regtype then 'the declaration or the first line break of an xml value'
            else 'what the text form of ' || format_type(t.oid, null) || ' does not hold'
        end as what
    from pg_type as t
    join pg_proc as i on i.oid = t.typinput
    cross join lateral (
        select
            max(format('%I.%I', p.pronamespace::regnamespace, p.proname)) filter (where p.oid = t.typinput) as input,
            max(format('%I.%I', p.pronamespace::regnamespace, p.proname)) filter (where p.oid = t.typoutput) as output,
            max(format('%I.%I', p.pronamespace::regnamespace, p.proname)) filter (where p.oid = t.typsend) as name
        from pg_proc as p
        where p.oid in (t.typinput, t.typoutput, t.typsend)
    ) as send
    cross join lateral (
        select format('%s(%s(%s)%s)', input, output, '%1$s', case i.pronargs when 3 then format(', %s, -1', coalesce(nullif(t.typelem, 0), t.oid)) end) as text
    ) as back
    where t.oid = 'xml'::regtype
        or t.oid >= 16384 and t.typtype = 'b' and t.typisdefined and not exists (select from pg_type as e where e.oid = t.typelem and e.typarray = t.oid)
        and not exists (
            select from pg_depend as d
            join pg_extension as e on e.oid = d.refobjid
            where d.classid = 'pg_type'::regclass and d.objid = t.oid and d.deptype = 'e'
                and (e.extname, t.typname) in (
                    ('postgis', 'geometry'), ('postgis', 'geography'), ('postgis_raster', 'raster'), ('vector', 'vector'),
                    ('hstore', 'hstore'), ('citext', 'citext'), ('ltree', 'ltree')
                )
        )
),
path as ( -- from each column inwards; head and tail enclose the test of the value
    select
        a.attrelid, a.attnum, config.condition, a.atttypid as type, quote_ident(a.attname) collate "C" as value, '' collate "C" as head,
        '' collate "C" as tail, 0 as depth
    from pg_attribute as a
    join pg_class as c on c.oid = a.attrelid and c.relkind = 'r'
    join pg_namespace as n on n.oid = c.relnamespace
    join pg_type as t on t.oid = a.atttypid
    left join pg_depend as d on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
    left join pg_extension as owner on owner.oid = d.refobjid
    left join lateral (
        select owner.extcondition[array_position(owner.extconfig, c.oid)] as condition
    ) as config on true
    where a.attnum > 0 and not a.attisdropped
        and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
        and not (c.relpersistence = 'u' and pg_is_in_recovery())
        and (owner.extname is null or config.condition is not null) -- no archive holds the rows that an extension ships
        and (t.oid >= 16384 or t.oid in ('xml'::regtype, 'xml[]'::regtype) or t.typtype <> 'b')
    union all
    select path.attrelid, path.attnum, path.condition, inwards.type, inwards.value, path.head || inwards.head, inwards.tail || path.tail, path.depth + 1
    from path
    join pg_type as t on t.oid = path.type
    cross join lateral (
        select atttypid as type, format('(%s).%I', path.value, attname) as value, '' as head, '' as tail
        from pg_attribute
        where t.typtype = 'c' and attrelid = t.typrelid and attnum > 0 and not attisdropped
        union all
        select t.typbasetype, format('(%s)::%s', path.value, format_type(t.typbasetype, null)), '', '' where t.typtype = 'd'
        union all
        select rngsubtype, format('pg_catalog.%s(%s)', bound, path.value), '', ''
        from pg_range cross join unnest('{lower,upper}'::text[]) as bound
        where rngtypid = t.oid
        union all
        select element.oid, format('v%s.x', path.depth),
            format('exists (select from (select pg_catalog.unnest(%s)) as v%s(x) where ', path.value, path.depth), ')'
        from (
            select e.oid from pg_type as e where e.oid = t.typelem and e.typarray = t.oid
            union all
            select rngtypid from pg_range as r where t.typtype = 'm' and (to_jsonb(r) ->> 'rngmultitypid')::oid = t.oid
        ) as element
    ) as inwards
),
tested as (
    select
        path.attrelid, path.attnum, path.condition, c.what,
        row_number() over (partition by path.attrelid order by path.attnum, c.what) as place,
        string_agg(path.head || format(c.test, path.value) || path.tail, ' or ') as test
    from path
    join candidate as c using (type)
    group by path.attrelid, path.attnum, path.condition, c.what
),
counted as (
    select
        attrelid,
        string_to_array(substring(query_to_xml(format(
            'select pg_catalog.concat_ws('' '', %s) as counts from only %s %s',
            string_agg(format('pg_catalog.count(*) filter (where %s)', test), ', ' order by place), attrelid::regclass, condition
        ), false, false, '')::text from '<counts>([^<]*)</counts>'), ' ') as counts
    from tested
    group by attrelid, condition
),
found as (
    select
        format('%s: %s of %s.%I', tested.what, counts[place] || case counts[place] when '1' then ' row' else ' rows' end, attrelid::regclass, attname) as what,
        1 as part, attrelid::regclass::text collate "C" as first, attname::text collate "C" as second
    from tested
    join counted using (attrelid)
    join pg_attribute using (attrelid, attnum)
    where counts[place] <> '0'
    union all
    select distinct format('the declaration or the first line break of an xml value: in the %s %s', o.type, o.identity), 2, o.type, o.identity
    from (
        select 'pg_attrdef'::regclass, oid, adbin::text from pg_attrdef
        union all select 'pg_constraint', oid, conbin::text from pg_constraint
        union all select 'pg_type', oid, typdefaultbin::text from pg_type
        union all select 'pg_rewrite', oid, concat(ev_action, ev_qual) from pg_rewrite
        union all select 'pg_class', indexrelid, concat(indexprs, indpred) from pg_index where indexprs is not null or indpred is not null
        union all select 'pg_trigger', oid, tgqual::text from pg_trigger
        union all select 'pg_policy', oid, concat(polqual, polwithcheck) from pg_policy
        union all select 'pg_proc', oid, concat(proargdefaults, to_jsonb(p) ->> 'prosqlbody') from pg_proc as p where oid >= 16384
    ) as tree (class, oid, text)
    cross join regexp_matches(case when text like '%:consttype 142 %' then text end, ':consttype 142 [^}]*:constvalue \d+ \[ (?:-?\d+ ){4}((?:60 63 120 109 108|10) [-\d ]*)\]', 'g') as constant (bytes)
    cross join lateral (
        select convert_from(decode(string_agg(lpad(to_hex((byte::int + 256) % 256), 2, '0'), '' order by n), 'hex'), getdatabaseencoding())::xml as value
        from unnest(string_to_array(rtrim(bytes[1]), ' ')) with ordinality as b (byte, n)
    ) as x
    cross join pg_identify_object(class, oid, 0) as o
    where oid >= 16384 and value::text <> concat(value)
)
select what, 'an archive holds values as text, and this text loses part of the value: the value in the copy has other bytes' as reason
from found
order by part, first, second, what;

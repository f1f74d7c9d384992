-- warnings.sql: what this database has that no server can restore as it is.
--
-- Reads    the catalogs, and columns of types that have no input
-- Prints   warning text; ordered
-- Healthy  no rows: pg_dump writes each of these without a warning
--
-- Values of a type without an input function can be dumped but not restored: pg_node_tree, and the statistics types. A check
-- constraint that is not valid comes late in the archive, when 18 may have given its name to a not-null constraint. A materialized
-- view that a function reads must come first, in name order, before the one that calls the function: pg_dump does not see that
-- dependency.
with unreadable as (
    select n.nspname, c.relname, a.attname, t.typname
    from pg_attribute as a
    join pg_class as c on c.oid = a.attrelid
    join pg_namespace as n on n.oid = c.relnamespace
    join pg_type as t on t.oid = a.atttypid
    where c.relkind = 'r' and not a.attisdropped and a.attnum > 0 and not (c.relpersistence = 'u' and pg_is_in_recovery())
        and t.typname = any ('{pg_node_tree,pg_ndistinct,pg_dependencies,pg_mcv_list,pg_brin_bloom_summary,pg_brin_minmax_multi_summary}')
        and (t.typname not in ('pg_ndistinct', 'pg_dependencies') or current_setting('server_version_num')::int < 190000) -- 19 can read them
        and t.typnamespace = 'pg_catalog'::regnamespace
        and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
        and has_table_privilege(c.oid, 'select')
),
called as materialized (
    select distinct rule.oid as rule, rule.ev_class as reader, d.refobjid as function
    from pg_rewrite as rule
    join pg_class as r on r.oid = rule.ev_class and r.relkind = 'm' and r.relispopulated
    join pg_depend as d on d.classid = 'pg_rewrite'::regclass and d.objid = rule.oid and d.refclassid = 'pg_proc'::regclass
),
word as ( -- a prefilter, so that not every view is searched in every function: the words of each source
    select distinct function, lower(word) as word
    from (select distinct function from called) as f
    join pg_proc as p on p.oid = function
    cross join lateral regexp_split_to_table(prosrc || ' ', '\W+') as word
),
view as (
    select c.oid, n.nspname, c.relname, lower(coalesce(substring(c.relname::text collate "default" from '\w+'), '')) as word
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    where c.relkind = 'm'
),
reads as (
    select function, view.oid as view
    from word
    join view using (word)
    join pg_proc as f on f.oid = function
    where f.prosrc ~* format('\m(from|join)\s+("?%s"?\.)?"?%s("|\M)', -- as a regular expression
        regexp_replace(view.nspname, '(\W)', '\\\1', 'g'), regexp_replace(view.relname, '(\W)', '\\\1', 'g'))
    union
    select body.objid, body.refobjid -- begin atomic bodies
    from pg_depend as body
    where body.classid = 'pg_proc'::regclass and body.refclassid = 'pg_class'::regclass
        and body.refobjid in (select oid from pg_class where relkind = 'm')
),
hidden as (
    select
        format('%I.%I', reader.nspname, reader.relname) as reader,
        format('%I.%I', view.nspname, view.relname) as view,
        function::regprocedure::text as function
    from called
    join reads using (function)
    join view as reader on reader.oid = called.reader
    join view on view.oid = reads.view
    where (view.nspname::text, view.relname::text) > (reader.nspname::text collate "C", reader.relname::text collate "C")
        and not exists (
            select from pg_depend as other
            where other.classid = 'pg_rewrite'::regclass and other.objid = called.rule
                and other.refclassid = 'pg_class'::regclass and other.refobjid = reads.view
        )
),
limits (type, bottom, top) as (
    values ('int2'::regtype, -32768::bigint, 32767::bigint), ('int4', -2147483648, 2147483647), ('int8', -9223372036854775808, 9223372036854775807)
)
select warning
from (
    select format('the language %I cannot be restored: %s', lanname, case
        when lanname = 'plpgsql' then 'a new database has it as an extension, and the archive creates the language again; '
            'at the source, drop the language and run create extension plpgsql'
        else 'the archive does not hold its functions, which are in pg_catalog or belong to an extension; '
            'at the source, recreate the language with functions in a schema of your own' end)
    from pg_language as l
    cross join lateral (
        select bool_or(p.pronamespace = 'pg_catalog'::regnamespace or e.objid is not null) as is_lost
        from pg_proc as p
        left join pg_depend as e on e.classid = 'pg_proc'::regclass and e.objid = p.oid and e.deptype = 'e'
        where p.oid in (l.lanplcallfoid, l.laninline, l.lanvalidator)
    ) as support
    where l.oid >= 16384 and not exists (select from pg_depend where classid = 'pg_language'::regclass and objid = l.oid and deptype = 'e')
        and case when is_lost then not exists (select from pg_available_extensions where name = lanname) else lanname = 'plpgsql' end
    union all
    select distinct format('the materialized view %I.%I cannot be restored without --enable-row-security: its owner sees only some rows of %s, '
        'and pg_restore turns row security off by default', n.nspname, m.relname, t.oid::regclass)
    from pg_class as t
    join pg_depend as d on d.refclassid = 'pg_class'::regclass and d.refobjid = t.oid and d.classid = 'pg_rewrite'::regclass
    join pg_rewrite as r on r.oid = d.objid
    join pg_class as m on m.oid = r.ev_class and m.relkind = 'm' and m.relispopulated
    join pg_namespace as n on n.oid = m.relnamespace
    join pg_roles as o on o.oid = m.relowner and not o.rolsuper and not o.rolbypassrls
    where t.relrowsecurity and (t.relforcerowsecurity or not pg_has_role(o.oid, t.relowner, 'usage'))
    union all -- other functions of the library are members, but none with this symbol
    select format('the function %s is in the library of the extension %I but not a member of it: if CREATE EXTENSION creates it, too, the restore fails; '
        'at the source, run alter extension %2$I add function %1$s, or drop the function', p.oid::regprocedure, min(m.extname))
    from pg_proc as p
    join (
        select f.probin, f.prosrc, x.extname
        from pg_depend as d
        join pg_proc as f on d.classid = 'pg_proc'::regclass and f.oid = d.objid and f.probin is not null
        join pg_extension as x on d.refclassid = 'pg_extension'::regclass and x.oid = d.refobjid
        where d.deptype = 'e'
    ) as m on m.probin = p.probin
    where p.oid >= 16384 and p.pronamespace <> 'pg_catalog'::regnamespace
        and not exists (select from pg_depend where classid = 'pg_proc'::regclass and objid = p.oid and deptype = 'e')
    group by p.oid, p.prosrc
    having not bool_or(m.prosrc = p.prosrc)
    union all
    select format('the column %I of %I.%I cannot be restored: a value of its type, %s, is written but never read by a server; '
        'alter table %I.%I alter column %I type text, or drop it', attname, nspname, relname, typname, nspname, relname, attname)
    from unreadable
    where query_to_xml(format('select 1 as one from only %I.%I where %I is not null limit 1', nspname, relname, attname),
        false, true, '')::text like '%<one>%'
    union all
    select format('the constraint %I on %s collides in PostgreSQL 18 and later with the name of a not-null constraint: '
        'alter table %2$s rename constraint %1$I to another name', k.conname, k.conrelid::regclass)
    from pg_constraint as k
    join pg_class as c on c.oid = k.conrelid
    join pg_attribute as a on a.attrelid = c.oid and a.attnotnull and not a.attisdropped
    where k.contype = 'c' and not k.convalidated and k.conname = c.relname || '_' || a.attname || '_not_null'
        and current_setting('server_version_num')::int < 180000
    union all
    select format('the table %s cannot be restored: its parents have the column %I with different storage or compression; at the source, '
        'make them the same with: alter table only ... alter column %2$I set ...', i.inhrelid::regclass, a.attname)
    from pg_inherits as i
    join pg_class as c on c.oid = i.inhrelid and not c.relispartition
    join pg_attribute as a on a.attrelid = i.inhparent and a.attnum > 0 and not a.attisdropped
    group by i.inhrelid, a.attname
    having count(distinct a.attstorage) > 1 or count(distinct nullif(to_jsonb(a) ->> 'attcompression', '')) > 1
    union all
    select format('the identity column %I of %s cannot be restored: its sequence has limits that the type of the column does not allow; '
        'at the source, set others with: alter sequence %s ...', a.attname, a.attrelid::regclass, s.seqrelid::regclass)
    from pg_sequence as s
    join pg_depend as d on d.classid = 'pg_class'::regclass and d.objid = s.seqrelid and d.refclassid = 'pg_class'::regclass and d.deptype = 'i'
    join pg_attribute as a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid and a.atttypid <> s.seqtypid
    join limits as own on own.type = s.seqtypid
    join limits as wanted on wanted.type = a.atttypid
    where case when s.seqmax = case when s.seqincrement > 0 then own.top else -1 end then wanted.top else s.seqmax end > wanted.top
        or case when s.seqmin = case when s.seqincrement > 0 then 1 else own.bottom end then wanted.bottom else s.seqmin end < wanted.bottom
        or s.seqstart not between wanted.bottom and wanted.top
    union all
    select distinct format('the materialized view %s cannot be restored: it reads %s through the function %s, which pg_dump cannot see, '
        'and a restore refreshes it first; at the source, name %2$s in the query of %1$s, or rename %1$s so that it sorts after %2$s', reader, view, function)
    from hidden
) as found (warning)
order by warning collate "C";

-- publications.sql: every publication, and what it publishes.
--
-- Reads    pg_publication, pg_publication_rel, pg_depend
-- Prints   publication, part, object, columns, filter; ordered by publication, part, object. part is one of
--              publication     object is what it publishes
--              table           with its column list and row filter (15 and later)
--              excepted table  excluded from "for all tables" (19 and later)
--              schema          all tables in it (15 and later)
-- Key      publication, part, object
-- Class    definition
-- Keeps    names, definitions and digests
-- Healthy  the same before and after
--
-- prattrs and prqual are new in 15, prexcept in 19. A name that the inner query does not know resolves to the outer one, where
-- older_majors has NULL: so one query works on every major. pg_publication_namespace (15) is not read, because pg_depend holds
-- the same.
with part as (
    select
        p.oid,
        'publication' as part,
        concat_ws(', ', case when p.puballtables then 'all tables' end,
            case when (to_jsonb(p) ->> 'puballsequences')::boolean then 'all sequences' end, case when p.pubinsert then 'insert' end,
            case when p.pubupdate then 'update' end, case when p.pubdelete then 'delete' end,
            case when p.pubtruncate then 'truncate' end, case when p.pubviaroot then 'via root' end,
            'generated columns ' || nullif(to_jsonb(p) ->> 'pubgencols', 'n')) collate "C" as object,
        null as columns,
        null as filter
    from pg_publication as p
    union all
    select
        r.prpubid,
        case when r.prexcept then 'excepted table' else 'table' end,
        format('%I.%I', n.nspname, c.relname),
        (
            select string_agg(quote_ident(a.attname), ', ' order by a.attname collate "C")
            from pg_attribute as a
            where a.attrelid = r.prrelid and a.attnum = any (r.attrs)
        ),
        r.filter
    from (select null::int2vector as prattrs, null::pg_node_tree as prqual, false as prexcept) as older_majors
    cross join lateral (
        select r.prpubid, r.prrelid, prattrs::int2[] as attrs, pg_get_expr(prqual, r.prrelid, true) as filter, prexcept
        from pg_publication_rel as r
    ) as r
    join pg_class as c on c.oid = r.prrelid
    join pg_namespace as n on n.oid = c.relnamespace
    union all
    select p.refobjid, 'schema', n.nspname, null, null
    from pg_depend as p
    join pg_depend as s on s.classid = p.classid and s.objid = p.objid and s.refclassid = 'pg_namespace'::regclass
    join pg_namespace as n on n.oid = s.refobjid
    where p.classid = to_regclass('pg_catalog.pg_publication_namespace')
        and p.refclassid = 'pg_publication'::regclass
)
select
    p.pubname as publication,
    part.part,
    part.object,
    part.columns,
    part.filter
from part
join pg_publication as p on p.oid = part.oid
order by p.pubname collate "C", part.part collate "C", part.object collate "C";

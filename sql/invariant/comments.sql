-- comments.sql: every comment inside the database.
--
-- Reads    pg_description
-- Prints   kind, object, comment; ordered by kind, object
-- Key      kind, object
-- Class    definition
-- Keeps    names, definitions and digests
-- Healthy  the same before and after. The comment on the database itself is outside a dump without --create
--
-- Objects below oid 16384 come from initdb with their comments, which no dump carries; the exception is public, even if
-- renamed. Members of an extension bring their own comments, too. No dump holds a comment on a shell operator, or one that a
-- dropped subscription left behind. In 16 the identity of a transform lost the word "on", and json, a type of the SQL standard
-- since then, lost its schema.
select
    o.type collate "C" as kind,
    regexp_replace(
        case o.type when 'transform' then replace(o.identity, ' on language ', ' language ') else o.identity end,
        '\mpg_catalog\.json\M', 'json', 'g') collate "C" as object,
    d.description as comment
from (
    select *
    from pg_description
    where (objoid >= 16384 or classoid in ('pg_largeobject'::regclass, 'pg_namespace'::regclass)) -- filtered before they are named: initdb made 5,000
        and (classoid <> 'pg_subscription'::regclass or objoid in (select subid from pg_stat_subscription)) -- 13 shows pg_subscription.oid only to superusers
    offset 0 -- before 14, naming an object that does not exist is an error
) as d
cross join lateral pg_identify_object(d.classoid, d.objoid, d.objsubid) as o
where (d.objoid >= 16384 or d.classoid = 'pg_largeobject'::regclass or o.identity !~ '^(pg_|information_schema$)')
    and not (o.type = 'extension' and o.identity = 'plpgsql') -- is in every new database, and pg_dump leaves it out
    and not exists (select from pg_operator as s where d.classoid = 'pg_operator'::regclass and s.oid = d.objoid and s.oprcode = 0)
    and not exists (
        select from pg_depend as e
        where e.classid = d.classoid and e.objid = d.objoid and e.deptype = 'e'
    )
order by kind, object;

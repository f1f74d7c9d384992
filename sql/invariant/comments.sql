-- comments.sql: every comment inside the database.
--
-- Reads    pg_description
-- Prints   kind, object, comment; ordered by kind, object
-- Key      kind, object
-- Class    definition
-- Keeps    names, definitions and digests
-- Healthy  the same before and after. The comment on the database itself is outside a dump without --create
--
-- Objects below oid 16384 were made by initdb and bring their own comments, which no dump carries; public is the exception.
-- Members of an extension bring theirs, too. The identity of a transform lost the word "on" in 16.
select
    o.type collate "C" as kind,
    case o.type when 'transform' then replace(o.identity, ' on language ', ' language ') else o.identity end collate "C" as object,
    d.description as comment
from pg_description as d
cross join lateral pg_identify_object(d.classoid, d.objoid, d.objsubid) as o
where (
        d.objoid >= 16384
        or d.classoid = 'pg_largeobject'::regclass
        or d.classoid = 'pg_namespace'::regclass and o.identity = 'public'
    )
    and not exists (
        select from pg_depend as e
        where e.classid = d.classoid and e.objid = d.objoid and e.deptype = 'e'
    )
order by kind, object;

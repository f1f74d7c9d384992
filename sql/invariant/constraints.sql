-- constraints.sql: every constraint of a table or a domain.
--
-- Reads    pg_constraint
-- Prints   schema, of (table or domain), constraint, kind, local, definition; ordered by schema, of, constraint
-- Key      schema, of, constraint
-- Class    definition
-- Keeps    names, definitions and digests
-- Healthy  the same before and after; "not valid" is part of the definition
--
-- Left out: constraint triggers (triggers.sql), and the copies of a foreign key that PostgreSQL makes for each partition,
-- whose names a restore chooses anew.
-- NOT NULL is a flag of the column up to 17 (columns.sql), and from 18 on a constraint as well. It is listed here only if it
-- carries more than the flag: not valid, no inherit, or a user-chosen name. (Inherited names do not count: a dump may turn
-- them into the child's own.)
-- local    for a check on an inheritance child: the child declares it itself, too
select
    n.nspname as schema,
    coalesce(c.relname, t.typname) as of,
    k.conname as constraint,
    case k.contype
        when 'c' then 'check' when 'f' then 'foreign key' when 'p' then 'primary key'
        when 'u' then 'unique' when 'x' then 'exclude' when 'n' then 'not null'
    end as kind,
    case when k.contype = 'c' and k.conrelid <> 0 and not c.relispartition then k.conislocal end as local,
    pg_get_constraintdef(k.oid, true) as definition
from pg_constraint as k
left join pg_class as c on c.oid = k.conrelid
left join pg_type as t on t.oid = k.contypid
left join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
join pg_namespace as n on n.oid = coalesce(c.relnamespace, t.typnamespace)
where k.contype <> 't'
    and not (k.contype = 'f' and k.conparentid <> 0)
    and (k.contype <> 'n' or (
        c.oid is not null
        and (
            not k.convalidated
            or k.connoinherit
            or k.coninhcount = 0 and case
                when octet_length(c.relname || a.attname) > 53 then k.conname !~ '_not_null[0-9]*$' -- truncated to fit
                else not starts_with(k.conname, format('%s_%s_not_null', c.relname, a.attname)) end
        )
    ))
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and not exists (
        select from pg_depend as e
        where e.classid = 'pg_type'::regclass and e.objid = t.oid and e.deptype = 'e'
    )
order by n.nspname collate "C", coalesce(c.relname, t.typname) collate "C", k.conname collate "C";

-- sequence_definitions.sql: the parameters of every sequence, and the column that owns it. Its state is in sequences.sql.
--
-- Reads    pg_sequence, pg_class, pg_depend
-- Prints   schema, sequence, type, start, increment, minimum, maximum, cache, cycle, persistence, owner; ordered by schema, sequence
-- Key      schema, sequence
-- Class    definition
-- Keeps    names, definitions and digests
-- Healthy  the same before and after
--
-- persistence is NULL for identity columns: from 15 on it follows the table; before 15 there are no unlogged sequences.
select
    n.nspname as schema,
    c.relname as sequence,
    format_type(s.seqtypid, null) as type,
    s.seqstart as start,
    s.seqincrement as increment,
    s.seqmin as minimum,
    s.seqmax as maximum,
    s.seqcache as cache,
    s.seqcycle as cycle,
    case when d.deptype is distinct from 'i' then
        case c.relpersistence when 'p' then 'permanent' when 'u' then 'unlogged' end end as persistence,
    case when a.attname is not null then
        format('%s %I.%I.%I', case d.deptype when 'i' then 'identity' else 'column' end, tn.nspname, t.relname, a.attname)
    end as owner
from pg_sequence as s
join pg_class as c on c.oid = s.seqrelid
join pg_namespace as n on n.oid = c.relnamespace
left join pg_depend as d on d.classid = 'pg_class'::regclass and d.objid = c.oid
    and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0 and d.deptype in ('a', 'i')
left join pg_class as t on t.oid = d.refobjid
left join pg_namespace as tn on tn.oid = t.relnamespace
left join pg_attribute as a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
order by n.nspname collate "C", c.relname collate "C";

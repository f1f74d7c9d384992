-- rules.sql: every rewrite rule, except those that define a view (views.sql).
--
-- Reads    pg_rewrite
-- Prints   schema, relation, rule, enabled, definition; ordered by schema, relation, rule
-- Key      schema, relation, rule
-- Class    definition
-- Keeps    names, definitions and digests
-- Healthy  the same before and after
select
    n.nspname as schema,
    c.relname as relation,
    r.rulename as rule,
    case r.ev_enabled when 'O' then 'origin' when 'A' then 'always' when 'R' then 'replica' when 'D' then 'disabled' end as enabled,
    pg_get_ruledef(r.oid, true) as definition
from pg_rewrite as r
join pg_class as c on c.oid = r.ev_class
join pg_namespace as n on n.oid = c.relnamespace
where r.rulename <> '_RETURN'
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and (c.relkind in ('r', 'p') or not exists (
        select from pg_depend as e
        where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e'
    ))
order by n.nspname collate "C", c.relname collate "C", r.rulename collate "C";

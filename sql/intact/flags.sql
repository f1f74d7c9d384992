-- intact/flags.sql: definitions that the server ignores, because a flag beside them in the catalogs is not set.
--
-- Reads    pg_class, pg_constraint, pg_trigger, pg_rewrite, pg_index, pg_attribute, pg_attrdef
-- Prints   fault text; ordered
-- Hint     the catalogs of this copy are damaged, or someone wrote to them directly: do not use the copy; restore it again, and look for the same fault at the source
-- Healthy  no rows: every flag matches the definitions
-- Why      a definition is printed whether or not the server honours it. A check constraint is not checked if pg_class.relchecks
--          is 0; triggers, rules, indexes and defaults have similar flags. A role that may write to the catalogs can leave all
--          definitions unchanged and yet switch them off
with relation as (
    select c.*, n.nspname
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
),
passed_over as (
    select r.nspname, r.relname, f.what
    from relation as r
    cross join lateral (
        values
            (r.relchecks <> (select count(*) from pg_constraint where conrelid = r.oid and contype = 'c'), 'its check constraints'),
            (not r.relhastriggers and exists (select from pg_trigger where tgrelid = r.oid), 'its triggers'),
            (not r.relhasrules and exists (select from pg_rewrite where ev_class = r.oid), 'its rules'),
            (not r.relhasindex and exists (select from pg_index where indrelid = r.oid), 'its indexes'),
            (r.relispartition <> (r.relpartbound is not null), 'its partition bound')
    ) as f (is_so, what)
    where f.is_so
    union all
    select r.nspname, r.relname, format('the default of %I', a.attname)
    from relation as r
    join pg_attribute as a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped and not a.atthasdef
    join pg_attrdef as d on d.adrelid = r.oid and d.adnum = a.attnum
    union all
    select r.nspname, r.relname, format('the index %I', ic.relname)
    from relation as r
    join pg_index as i on i.indrelid = r.oid and i.indisvalid
    join pg_class as ic on ic.oid = i.indexrelid
    left join pg_constraint as k on k.conindid = i.indexrelid and k.conrelid = r.oid and k.contype in ('p', 'u')
    where not i.indisready or not i.indislive or k.oid is not null and not i.indisunique
)
select format('%I.%I: the server ignores %s', nspname, relname, what) as fault
from passed_over
order by nspname collate "C", relname collate "C", what collate "C";

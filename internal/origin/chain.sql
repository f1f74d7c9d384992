-- chain.sql: why public.audit_events is not the chain of the default suite.
--
-- Reads    pg_class, pg_attribute
-- Prints   reason text; at most one row
-- Healthy  no rows: the table has every column that the suite's files read, or there is no such table
-- Why      the name is a common one. A table of another shape is covered like any other table, and the chain files are
--          reported as not covered
select format('public.audit_events is not the audit chain: it lacks %s of the chain''s 12 columns, the first is %I %s',
    count(*), (array_agg(needed.name order by n))[1], (array_agg(needed.type order by n))[1]) as reason
from pg_class as c
join pg_namespace as s on s.oid = c.relnamespace and s.nspname = 'public'
cross join (
    values
        (1, 'seq', 'bigint'), (2, 'id', 'text'), (3, 'actor', 'text'), (4, 'actor_type', 'text'), (5, 'action', 'text'),
        (6, 'resource_type', 'text'), (7, 'resource_id', 'text'), (8, 'details', 'jsonb'), (9, 'event_category', 'text'),
        (10, 'timestamp', 'timestamp with time zone'), (11, 'prev_hash', 'text'), (12, 'row_hash', 'text')
) as needed (n, name, type)
where c.relname = 'audit_events'
    and not exists (
        select
        from pg_attribute as a
        where a.attrelid = c.oid and a.attname = needed.name and a.attnum > 0
            and a.atttypid = needed.type::regtype
    )
having count(*) > 0;

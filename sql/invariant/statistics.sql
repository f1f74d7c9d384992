-- statistics.sql: every extended statistics object. The gathered data is not compared: analyze recreates it.
--
-- Reads    pg_statistic_ext
-- Prints   schema, statistics, definition, target; ordered by schema, statistics
-- Key      schema, statistics
-- Class    definition
-- Keeps    names, definitions and digests
-- Healthy  the same before and after
select
    n.nspname as schema,
    s.stxname as statistics,
    pg_get_statisticsobjdef(s.oid) as definition,
    nullif(s.stxstattarget, -1) as target -- the default is -1 up to 16, and NULL from 17 on
from pg_statistic_ext as s
join pg_namespace as n on n.oid = s.stxnamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
order by n.nspname collate "C", s.stxname collate "C";

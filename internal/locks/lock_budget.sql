-- lock_budget.sql: whether the server has room for the locks of a dump or a record of this database.
--
-- Reads    pg_class, settings; the settings pgroundtrip.jobs and pgroundtrip.others (connections of the record beside the first),
--          and pgroundtrip.objects: how many there will be, '' is those that are there
-- Prints   needed bigint, room bigint, setting bigint: locks, and what max_locks_per_transaction would have to be; one row
-- Why      a transaction that reads a table locks it and its indexes until its end. The session that exports the snapshot and
--          pg_dump lock each table, and with more than one job a worker does again. The server keeps an entry for each object
--          that is locked, of which it has room, and one for each session that locks it, of which it has twice as many.
--          Views are locked where their definition is printed. Each other connection of the record holds what one piece
--          needs, see pieces.sql. The setting leaves a tenth to others.
with relation as (
    select
        coalesce(nullif(current_setting('pgroundtrip.objects'), '')::bigint, count(*)) as objects,
        count(*) filter (where relkind in ('r', 'p')) as tables,
        count(*) filter (where relkind in ('r', 'p', 'S')) as dumped
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'm', 'v', 'S', 'i', 'I') and c.relpersistence <> 't'
        and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
),
budget as (
    select greatest(objects, (objects + dumped + case when current_setting('pgroundtrip.jobs')::int > 1 then tables else 0 end
        + least(objects, 256 * current_setting('pgroundtrip.others')::int)) / 2) as needed
    from relation
),
process as ( -- those that may hold locks, and those among them that everyone knows
    select
        sum(setting::bigint) + 2 as n,
        sum(setting::bigint) filter (where name in ('max_connections', 'max_prepared_transactions')) as known
    from pg_settings
    where name in ('max_connections', 'max_prepared_transactions', 'max_worker_processes', 'max_wal_senders')
        or name = case when current_setting('server_version_num')::int < 180000 then 'autovacuum_max_workers' else 'autovacuum_worker_slots' end
)
select
    needed,
    current_setting('max_locks_per_transaction')::bigint * n as room,
    ceil(needed * 1.1 / known)::bigint as setting
from budget
cross join process;

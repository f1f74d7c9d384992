-- lock_budget.sql: whether the server has room for the locks of a dump or a record of this database.
--
-- Reads    pg_class, settings; the settings pgroundtrip.jobs and pgroundtrip.others (connections of the record besides the first);
--          pgroundtrip.objects: how many objects one transaction will lock; or pgroundtrip.owner: the role whose objects it will
--          lock, with their TOAST tables. If both are '', the run dumps this database
-- Prints   needed bigint, room bigint, setting bigint: the locks needed, the locks available, and the value of
--          max_locks_per_transaction that would suffice, also for pgroundtrip.most objects; one row
-- Why      a transaction that reads a table locks it and its indexes until it ends. The session that exports the snapshot and
--          pg_dump lock each table, and with more than one job a worker locks it again. The server keeps one entry per locked
--          object, for which it has this room, and one per object and session, for which it has twice as much. Views are locked
--          when their definition is printed. Each further connection of the record locks what one piece needs, see pieces.sql.
--          A new owner of a table locks it, its indexes, its TOAST table and the index of that.
--          The suggested setting leaves a tenth to other sessions.
with relation as (
    select
        count(*) as objects,
        count(*) filter (where relkind in ('r', 'p')) as tables,
        count(*) filter (where relkind in ('r', 'p', 'S')) as dumped
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'm', 'v', 'S', 'i', 'I') and c.relpersistence <> 't'
        and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
),
budget as (
    select coalesce(
        nullif(current_setting('pgroundtrip.objects'), '')::bigint,
        (
            select count(*) from pg_class where relowner = (
                select oid from pg_roles where rolname = nullif(current_setting('pgroundtrip.owner'), '')
            )
            having current_setting('pgroundtrip.owner') <> ''
        ),
        greatest(objects, (objects + dumped + case when current_setting('pgroundtrip.jobs')::int > 1 then tables else 0 end
            + least(objects, 256 * current_setting('pgroundtrip.others')::int)) / 2)
    ) as needed
    from relation
),
process as ( -- processes that may hold locks, and those of them that the DBA configures as connections
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
    ceil(greatest(needed, current_setting('pgroundtrip.most')::bigint) * 1.1 / known)::bigint as setting
from budget
cross join process;

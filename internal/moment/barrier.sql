-- barrier.sql: what a barrier can lock besides tables, and what it cannot hold still.
--
-- Reads    pg_locks, pg_stat_activity, the rights of the role
-- Prints   may_lock_objects boolean, open bigint; one row. may_lock_objects: the role may lock the catalogs of large objects.
--          open counts the other transactions of this database that have written something and wait for no lock. They cannot
--          have written to a locked table, but perhaps to a definition, a large object or a sequence
select
    pg_catalog.has_table_privilege('pg_catalog.pg_largeobject', 'update')
        and pg_catalog.has_table_privilege('pg_catalog.pg_largeobject_metadata', 'update') as may_lock_objects,
    count(*) as open
from pg_catalog.pg_locks as x
join pg_catalog.pg_stat_activity as a on a.pid = x.pid and a.datname = current_database()
where x.locktype = 'transactionid' and x.granted and x.mode = 'ExclusiveLock' and x.pid <> pg_catalog.pg_backend_pid()
    and not exists (select from pg_catalog.pg_locks as w where w.pid = x.pid and not w.granted);

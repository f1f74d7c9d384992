-- writers.sql: transactions that hold up a barrier, because they have written to a table of this database or maintain one.
--
-- Reads    pg_locks, pg_stat_activity, pg_prepared_xacts, pg_class
-- Prints   holder text; ordered: the longest transaction first
-- Healthy  no rows
select format('%s holds %s (%s)',
    coalesce('the session ' || l.pid, 'the prepared transaction ' || quote_literal(p.gid)),
    string_agg(distinct format('%I.%I', n.nspname, c.relname), ', '),
    concat_ws(', ',
        'user ' || coalesce(a.usename, p.owner),
        'application ' || nullif(a.application_name, ''),
        nullif(a.backend_type, 'client backend'),
        a.state || ', its transaction began at ' || to_char(a.xact_start, 'YYYY-MM-DD HH24:MI:SS TZ'),
        'prepared at ' || to_char(p.prepared, 'YYYY-MM-DD HH24:MI:SS TZ') || ': end it with commit prepared or rollback prepared'
    )) as holder
from pg_catalog.pg_locks as l
join pg_catalog.pg_database as d on d.oid = l.database and d.datname = current_database()
join pg_catalog.pg_class as c on c.oid = l.relation and c.relkind in ('r', 'p') and c.relpersistence <> 't'
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace and n.nspname !~ '^pg_toast'
left join pg_catalog.pg_stat_activity as a on a.pid = l.pid
left join pg_catalog.pg_locks as x on l.pid is null and x.pid is null and x.locktype = 'transactionid'
    and x.virtualtransaction = l.virtualtransaction
left join pg_catalog.pg_prepared_xacts as p on p.transaction = x.transactionid
where l.locktype = 'relation' and l.granted and l.mode not in ('AccessShareLock', 'RowShareLock', 'ShareLock')
    and (n.nspname <> 'pg_catalog' or c.relname ~ '^pg_largeobject')
    and l.pid is distinct from pg_catalog.pg_backend_pid()
group by l.pid, p.gid, a.usename, p.owner, a.application_name, a.backend_type, a.state, a.xact_start, p.prepared
order by coalesce(a.xact_start, p.prepared), l.pid, p.gid;

-- lock_holders.sql: the sessions that block reading a table in this database.
--
-- Reads    pg_locks, pg_stat_activity, pg_prepared_xacts, pg_class
-- Prints   holder text; ordered: first those that hold an ACCESS EXCLUSIVE lock, then those that wait for one ahead of us
-- Healthy  no rows
select format('%s %s %s in access exclusive mode (%s)',
    coalesce('the session ' || l.pid, 'the prepared transaction ' || quote_literal(p.gid)),
    case when l.granted then 'holds' else 'waits for' end,
    string_agg(distinct format('%I.%I', n.nspname, c.relname), ', '),
    concat_ws(', ',
        'user ' || coalesce(a.usename, p.owner),
        'application ' || nullif(a.application_name, ''),
        a.state || ' since ' || to_char(a.state_change, 'YYYY-MM-DD HH24:MI:SS TZ'),
        'prepared at ' || to_char(p.prepared, 'YYYY-MM-DD HH24:MI:SS TZ') || ': end it with commit prepared or rollback prepared',
        'query: ' || left(regexp_replace(a.query, '\s+', ' ', 'g'), 200)
    )) as holder
from pg_locks as l
join pg_database as d on l.database in (d.oid, 0) and d.datname = current_database() -- 0: a catalog of all databases
join pg_class as c on c.oid = l.relation and c.relkind in ('r', 'p', 'm', 'v', 'S') and c.relpersistence <> 't'
join pg_namespace as n on n.oid = c.relnamespace
left join pg_stat_activity as a on a.pid = l.pid
left join pg_locks as x on l.pid is null and x.pid is null and x.locktype = 'transactionid' and x.virtualtransaction = l.virtualtransaction
left join pg_prepared_xacts as p on p.transaction = x.transactionid
where l.locktype = 'relation' and l.mode = 'AccessExclusiveLock' and l.pid is distinct from pg_backend_pid()
group by l.granted, l.pid, p.gid, a.usename, p.owner, a.application_name, a.state, a.state_change, p.prepared, a.query
order by l.granted desc, l.pid, p.gid;

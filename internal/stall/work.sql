-- work.sql: whether the server is at work for a session, or for the sessions of a program.
--
-- Reads    pg_stat_activity, pg_prepared_xacts; the settings pgroundtrip.pid, or '' and then pgroundtrip.program (an
--          application_name) and pgroundtrip.age (milliseconds since the program began)
-- Prints   sessions int: how many there are; works boolean: whether one is at work; sends boolean: whether one waits until
--          its answer is taken; blockers text: who holds what all others wait for; self int: the process id of the
--          session that answers; one row
-- Why      a session that waits for its client while the client waits for it has a network between that lost something.
with mine as (
    select
        pid,
        state in ('active', 'fastpath function call', 'disabled') and wait_event_type is distinct from 'Lock'
            and coalesce(wait_event not in ('ClientRead', 'ClientWrite'), true) as works,
        state = 'active' and coalesce(wait_event = 'ClientWrite', false) as sends,
        state = 'active' and coalesce(wait_event_type = 'Lock', false) as waits
    from pg_catalog.pg_stat_activity
    where case current_setting('pgroundtrip.pid')
        when '' then application_name = current_setting('pgroundtrip.program') and usename = session_user
            and datname = current_database() and pid <> pg_backend_pid()
            and backend_start >= clock_timestamp() - current_setting('pgroundtrip.age')::bigint * interval '1 millisecond'
        else pid::text = current_setting('pgroundtrip.pid') end
),
blocker as (
    select distinct b.pid
    from mine
    cross join lateral unnest(pg_blocking_pids(mine.pid)) as b (pid)
    where mine.waits and b.pid not in (select pid from mine)
)
select
    count(*)::int as sessions,
    coalesce(bool_or(works), false) as works,
    coalesce(bool_or(sends), false) as sends,
    coalesce((
        select string_agg(case b.pid when 0 then 'a prepared transaction (' || (
                select coalesce(string_agg(quote_literal(gid), ', ' order by gid), 'of another database') from pg_prepared_xacts
                where database = current_database()) || ')'
            else format('the session %s (%s)', b.pid, concat_ws(', ',
                'user ' || a.usename, 'application ' || nullif(a.application_name, ''),
                a.state || ' since ' || to_char(a.state_change, 'YYYY-MM-DD HH24:MI:SS TZ'),
                'query: ' || left(regexp_replace(a.query, '\s+', ' ', 'g'), 200))) end, ', ' order by b.pid)
        from blocker as b
        left join pg_catalog.pg_stat_activity as a on a.pid = b.pid
    ), '') as blockers,
    pg_backend_pid() as self
from mine;

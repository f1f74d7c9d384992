-- moment.sql: the time and the WAL position at which a record is taken.
--
-- Reads    built-in functions, pg_stat_wal_receiver, the names of WAL files, the history file of the timeline
-- Prints   time text, lsn text, timeline integer, standby boolean, paused boolean, end_lsn text, end_timeline integer; one row
-- Why      the LSN is the replay position of a standby or the insert position of a primary. On a primary it is not exact, because
--          commits do not become visible in the order in which they are written. A promoted server has the system identifier of
--          its primary and a timeline of its own: end_lsn and end_timeline are the point where it left the previous timeline
--          (NULL if it never did, or if the role may not read the file). After a full page the insert position is that of the next
--          record, past the page header, while the replay position is the end of the page. In recovery, the control file shows
--          the timeline that the server follows only after a delay; the name of the WAL file that holds the position shows it, too,
--          to a role that may list these files (pg_monitor). If a timeline was set as the target, it is that one
with source as (
    select
        case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_insert_lsn() end - '0/0'::pg_lsn as position,
        pg_size_bytes(current_setting('wal_segment_size'))::numeric as segment
),
server as (
    select
        pg_is_in_recovery() as standby,
        position,
        case when pg_is_in_recovery() then greatest(
            (select received_tli from pg_stat_wal_receiver),
            (select min_recovery_end_timeline from pg_control_recovery()),
            (select timeline_id from pg_control_checkpoint()),
            case when has_function_privilege('pg_ls_waldir()', 'execute') then ('x' || (xpath('//tli/text()', query_to_xml(format(
                'select max(left(name, 8)) as tli from pg_ls_waldir() where name ~ ''^[0-9A-F]{8}%s%s$''',
                lpad(upper(to_hex(div(position - 1, 4294967296)::bigint)), 8, '0'),
                lpad(upper(to_hex(div((position - 1) % 4294967296, segment)::bigint)), 8, '0')
            ), false, false, '')))[1]::text)::bit(32)::int end,
            substring(current_setting('recovery_target_timeline') from '^[1-9][0-9]*$')::int
        ) else ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int end as timeline,
        case
            when not pg_is_in_recovery() then false
            when current_setting('server_version_num')::int < 140000 then pg_is_wal_replay_paused()
            else query_to_xml('select pg_get_wal_replay_pause_state() as state', false, true, '')::text like '%>paused<%'
        end as paused,
        segment,
        pg_size_bytes(current_setting('wal_block_size'))::numeric as page
    from source
),
place as (
    select *, case
        when position % segment = 40 then position - 40
        when position % page = 24 then position - 24
        else position
    end as at
    from server
),
history as (
    select line
    from place
    cross join lateral regexp_matches(
        case when not standby and timeline > 1 and has_function_privilege('pg_read_file(text, bigint, bigint, boolean)', 'execute') then
            query_to_xml(format( -- the right to execute a function is checked before a case is evaluated
                'select pg_read_file(''pg_wal/%s.history'', 0, 1000000, true) as text', lpad(upper(to_hex(timeline)), 8, '0')
            ), false, true, '')::text
        end, '(?:^|<text>)(\d+)\s+([0-9A-F]+/[0-9A-F]+)', 'gn'
    ) with ordinality as found (line, n)
    order by n desc
    limit 1
)
select
    to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as time,
    upper(to_hex(div(at, 4294967296)::bigint) || '/' || to_hex((at % 4294967296)::bigint)) as lsn,
    timeline,
    standby,
    paused,
    (select line[2] from history) as end_lsn,
    (select line[1]::int from history) as end_timeline
from place;

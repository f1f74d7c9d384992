-- moment.sql: when, and where in the WAL, a record is taken.
--
-- Reads    the server's own functions, pg_stat_wal_receiver
-- Prints   time text, lsn text, timeline integer, standby boolean; one row
-- Why      the LSN is the replay position of a standby, the insert position of a primary: there it is not exact, because
--          commits become visible in another order than they are written. A server that was promoted has the system
--          identifier of its primary, and a timeline of its own
select
    to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as time,
    (case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_insert_lsn() end)::text as lsn,
    case when pg_is_in_recovery() then greatest(
        (select received_tli from pg_stat_wal_receiver),
        (select min_recovery_end_timeline from pg_control_recovery()),
        (select timeline_id from pg_control_checkpoint())
    ) else ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int end as timeline,
    pg_is_in_recovery() as standby;

-- limits.sql: what a run must know about a production server before it reads it.
--
-- Reads    pg_control_*(), pg_stat_wal_receiver, pg_stat_get_activity() (the view may be closed to this role), pg_roles, pg_database, settings
-- Prints   system_identifier, timeline, database, in_recovery, statement_timeout, lock_timeout,
--          free_connections, processes_per_query; one row
-- Why      a run must not take the connections that other sessions need. free_connections is what server, database and role
--          still allow, counting this connection as free; processes_per_query is how many processes the DBA lets one query
--          use. A promoted server has the system identifier of its primary and a timeline of its own. Sessions are counted by
--          datid: ordinary roles cannot see more of them
select
    (select system_identifier::text from pg_control_system()) as system_identifier,
    case when pg_is_in_recovery() then greatest(
        (select received_tli from pg_stat_wal_receiver),
        (select min_recovery_end_timeline from pg_control_recovery()),
        (select timeline_id from pg_control_checkpoint())
    ) else ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int end as timeline,
    current_database()::text as database,
    pg_is_in_recovery() as in_recovery,
    current_setting('statement_timeout') as statement_timeout,
    current_setting('lock_timeout') as lock_timeout,
    1 + least(
        current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
            - (select count(*) from pg_stat_get_activity(null) where datid is not null),
        (
            select nullif(datconnlimit, -1) - (select count(*) from pg_stat_get_activity(null) where datid = pg_database.oid)
            from pg_database
            where datname = current_database()
        ),
        (
            select nullif(rolconnlimit, -1) - (select count(*) from pg_stat_get_activity(null) where usesysid = pg_roles.oid)
            from pg_roles
            where rolname = current_user
        )
    ) as free_connections,
    1 + current_setting('max_parallel_workers_per_gather')::int as processes_per_query;

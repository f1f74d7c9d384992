-- guest.sql: what verify asks a server that is in service before it reads its chain.
--
-- Reads    pg_control_system(), pg_stat_activity, pg_roles, pg_database and settings
-- Prints   system_identifier, database, in_recovery, statement_timeout, lock_timeout,
--          free_connections, processes_per_query; one row
-- Why      another session's timeouts and connections are not ours to take. free_connections is
--          what server, database and role still allow, this connection counted as free;
--          processes_per_query is how many the DBA lets one query use
select
    (select system_identifier::text from pg_control_system()) as system_identifier,
    current_database()::text as database,
    pg_is_in_recovery() as in_recovery,
    current_setting('statement_timeout') as statement_timeout,
    current_setting('lock_timeout') as lock_timeout,
    1 + least(
        current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
            - (select count(*) from pg_stat_activity where backend_type in ('client backend', 'walsender')),
        (
            select nullif(datconnlimit, -1) - (select count(*) from pg_stat_activity where datname = current_database())
            from pg_database
            where datname = current_database()
        ),
        (
            select nullif(rolconnlimit, -1) - (select count(*) from pg_stat_activity where usename = current_user)
            from pg_roles
            where rolname = current_user
        )
    ) as free_connections,
    1 + current_setting('max_parallel_workers_per_gather')::int as processes_per_query;

-- copies.sql: the progress of the running COPY commands of a dump or a restore.
--
-- Reads    pg_stat_progress_copy (PostgreSQL 14 and later), pg_class, pg_namespace
-- Prints   name text, done bigint; a row for each table that is being copied
-- Why      only the commands of this role: on a production server other roles run COPY, too
select
    nspname || '.' || relname as name,
    tuples_processed as done
from pg_stat_progress_copy
join pg_stat_activity using (pid)
join pg_class on pg_class.oid = relid
join pg_namespace on pg_namespace.oid = relnamespace
where pg_stat_progress_copy.datname = current_database()
    and usename = current_user;

-- copies.sql: the progress of the running COPY commands of a dump.
--
-- Reads    pg_stat_progress_copy (PostgreSQL 14 and later), pg_class, the sizes of the tables that are copied
-- Prints   id bigint (oid), bytes bigint; a row for each table that is being copied
-- bytes    the part of the table's bytes on disk that was read, by its rows. Of a table that was never analyzed: the bytes that
--          were sent, which are about as many
-- Why      only the commands of this role: on a production server other roles run COPY, too
select
    relid::bigint as id,
    case
        when reltuples > 0 then (size * least(1, tuples_processed / reltuples))::bigint
        else least(size, bytes_processed)
    end as bytes
from pg_stat_progress_copy
join pg_stat_activity using (pid)
join pg_class on pg_class.oid = relid
cross join lateral (
    select coalesce(pg_relation_size(relid), 0) + coalesce(pg_relation_size(nullif(reltoastrelid, 0)), 0) as size
) as disk
where pg_stat_progress_copy.datname = current_database()
    and usename = current_user
    and command = 'COPY TO';

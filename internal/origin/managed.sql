-- managed.sql: extensions that store rows outside ordinary tables, or show an application other rows than a table holds.
--
-- Reads    pg_extension, and the extension's own list of its tables, where the role may
-- Prints   what text; ordered: an entry for the list of what is not covered, with the tables and a way to check them
-- Healthy  no rows
with known (extension, kind, why, list, query) as (
    values
        ('timescaledb', 'hypertables', 'chunks are recorded as tables; hypertables do not show them until timescaledb_post_restore(): '
            'count the rows through the application',
            '_timescaledb_catalog.hypertable', 'select format(''%I.%I'', schema_name, table_name) as t from _timescaledb_catalog.hypertable'),
        ('timescaledb', 'compressed chunks', 'their rows are recorded as they are stored: count them through the application',
            '_timescaledb_catalog.chunk', 'select format(''%I.%I'', schema_name, table_name) as t from _timescaledb_catalog.chunk '
            'where compressed_chunk_id is not null'),
        ('citus', 'distributed tables', 'their shards are on other nodes: take a record of each node',
            'pg_catalog.pg_dist_partition', 'select logicalrelid::regclass::text as t from pg_catalog.pg_dist_partition'),
        ('columnar', 'tables', 'its metadata is in tables of its own: count the rows through the application', 'pg_catalog.pg_class', null),
        ('pg_duckdb', 'tables', 'they are outside PostgreSQL: compare them with its own tools', 'pg_catalog.pg_class', null),
        ('orioledb', 'tables', 'they are in files of its own: compare them with its own tools, too', 'pg_catalog.pg_class', null)
),
installed as (
    select known.*, case when has_table_privilege(to_regclass(list), 'select') then query_to_xml(format(
        'select string_agg(t, '', '' order by t collate "C") as t from (%s) as listed',
        coalesce(query, format('select c.oid::regclass::text as t from pg_class as c join pg_am as a on a.oid = c.relam and a.amname = %L',
            replace(extension, 'pg_', '')))
    ), true, false, '')::text end as listing
    from known
    join pg_extension as x on x.extname = known.extension
)
select format('rows as an application reads them through the extension %s: %s (%s)', quote_ident(extension),
    concat_ws(' ', kind, substring(listing from '<t>(.*)</t>')), why) as what
from installed
where listing is null or listing ~ '<t>' or kind <> 'compressed chunks'
order by extension collate "C", kind collate "C";

-- managed.sql: extensions that store rows outside ordinary tables, or show an application other rows than a table holds.
--
-- Reads    pg_extension
-- Prints   what text; ordered: an entry for the list of what is not covered, with a way to check it
-- Healthy  no rows
select format('rows as an application reads them through the extension %s (%s)', quote_ident(x.extname), known.why) as what
from pg_extension as x
join (values
    ('timescaledb', 'chunks are recorded as tables; hypertables do not show them until timescaledb_post_restore(): '
        'count the rows through the application'),
    ('citus', 'the shards of distributed tables are on other nodes: take a record of each node'),
    ('columnar', 'its metadata is in tables of its own: count the rows through the application'),
    ('pg_duckdb', 'its tables are outside PostgreSQL: compare them with its own tools'),
    ('orioledb', 'its tables are in files of its own: compare them with its own tools, too')
) as known (name, why) on known.name = x.extname
order by x.extname collate "C";

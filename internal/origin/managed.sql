-- managed.sql: extensions that keep rows where an application does not read them, or show it other rows than a table holds.
--
-- Reads    pg_extension
-- Prints   what text; ordered: an entry of what is not covered, with the way to cover it
-- Healthy  no rows
select format('rows as an application reads them through the extension %s (%s)', quote_ident(x.extname), known.why) as what
from pg_extension as x
join (values
    ('timescaledb', 'its chunks are recorded as the tables that they are; hypertables hide them until timescaledb_post_restore(): '
        'count through the application'),
    ('citus', 'the shards of distributed tables lie on other nodes: take a record of each node'),
    ('columnar', 'its metadata is in tables of its own: count through the application'),
    ('pg_duckdb', 'its tables lie outside of PostgreSQL'),
    ('orioledb', 'its tables lie in files of their own: compare with its own tools too')
) as known (name, why) on known.name = x.extname
order by x.extname collate "C";

-- row_missing.sql: zoo.twins: one of three equal rows is gone; the set of rows is the same.
-- Caught by  tables
delete from zoo.twins
where ctid = (
    select pg_catalog.min(ctid::text)::tid
    from zoo.twins
    where word = 'twin' and n = 1
);

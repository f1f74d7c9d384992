-- planted.sql: functions, operators and types that the comparison could find by name and that do not come from initdb.
--
-- Reads    pg_proc, pg_operator, pg_type, pg_class, pg_opclass, pg_collation, pg_conversion, pg_cast
-- Prints   one line per object: columns as the catalogs hold them
-- Healthy  nothing beyond what the extensions of the database create by themselves
--
-- 11 is pg_catalog. A user-defined cast function between two built-in types is just as dangerous: it would be called for x::text.
-- As in innate.sql, nothing here can be shadowed by the objects that it looks for.
select 'function', proname, pronargs, prosrc, probin from pg_catalog.pg_proc
where pronamespace operator(pg_catalog.=) '11' and oid operator(pg_catalog.>=) '16384';
select 'operator', oprname, oprleft::pg_catalog.regtype, oprright::pg_catalog.regtype from pg_catalog.pg_operator where oprnamespace operator(pg_catalog.=) '11' and oid operator(pg_catalog.>=) '16384';
select 'type', typname, typtype from pg_catalog.pg_type where typnamespace operator(pg_catalog.=) '11' and oid operator(pg_catalog.>=) '16384';
select 'relation', relname, relkind from pg_catalog.pg_class where relnamespace operator(pg_catalog.=) '11' and oid operator(pg_catalog.>=) '16384';
select 'operator class', opcname from pg_catalog.pg_opclass where opcnamespace operator(pg_catalog.=) '11' and oid operator(pg_catalog.>=) '16384';
select 'collation', collname from pg_catalog.pg_collation where collnamespace operator(pg_catalog.=) '11' and oid operator(pg_catalog.>=) '16384';
select 'conversion', conname from pg_catalog.pg_conversion where connamespace operator(pg_catalog.=) '11' and oid operator(pg_catalog.>=) '16384';
select 'cast', castsource, casttarget from pg_catalog.pg_cast
where castsource operator(pg_catalog.<) '16384' and casttarget operator(pg_catalog.<) '16384' and castfunc operator(pg_catalog.>=) '16384';

-- innate.sql: the catalog rows of initdb that the comparison itself depends on to find names, operators and types.
--
-- Reads    pg_operator, pg_proc, pg_type, pg_cast, pg_aggregate, pg_amop, pg_amproc, pg_opclass, pg_opfamily, pg_language,
--          pg_conversion, pg_collation, pg_range, pg_am, pg_class, pg_attribute, pg_inherits, pg_rewrite, pg_namespace
-- Prints   columns as the catalogs hold them; one line per row
-- Healthy  the same before a restore, in an empty database, and after it
--
-- What is in a comment /* from N: ... */ belongs to the query from PostgreSQL N on.
-- Nothing that a restore created in pg_catalog can shadow anything here: every comparison is between two oids, for which exactly
-- one operator matches; nothing is called, sorted or joined. Left out is what a restore may change: grants, links from a built-in
-- operator to a new one, statistics. A rule is represented by its row version (xmin): any change writes a new version, a restore
-- has no reason to, and reading the queries of all views would take longer than everything else here. A table that inherits from
-- a catalog would add its own rows to it. Functions are compared by oid: to print a name the server looks for others of that
-- name, which takes longer than all the rest. The cast calls no function, and if a restore changes that, pg_cast shows it.
select oid, oprname, oprnamespace, oprowner, oprkind, oprleft, oprright, oprresult, oprcode::pg_catalog.oid
from pg_catalog.pg_operator where oid operator(pg_catalog.<) '16384';
select oid, proname, pronamespace, proowner, prolang, provariadic, prosupport::pg_catalog.oid, prokind, prosecdef, proleakproof, proisstrict, proretset,
    provolatile, proparallel, pronargs, pronargdefaults, prorettype, proargtypes, proallargtypes, proargdefaults, prosrc, probin, proconfig /* from 14: , prosqlbody */
from pg_catalog.pg_proc where oid operator(pg_catalog.<) '16384';
select oid, typname, typnamespace, typowner, typlen, typbyval, typtype, typcategory, typispreferred, typisdefined, typdelim, typrelid, typelem,
    typarray, typinput::pg_catalog.oid, typoutput::pg_catalog.oid, typreceive::pg_catalog.oid, typsend::pg_catalog.oid,
    typmodin::pg_catalog.oid, typmodout::pg_catalog.oid, typalign, typstorage, typnotnull, typbasetype, typtypmod, typcollation
from pg_catalog.pg_type where oid operator(pg_catalog.<) '16384';
select oid, castsource, casttarget, castfunc, castcontext, castmethod from pg_catalog.pg_cast where oid operator(pg_catalog.<) '16384';
select aggfnoid::pg_catalog.oid, aggkind, aggtransfn::pg_catalog.oid, aggfinalfn::pg_catalog.oid, aggcombinefn::pg_catalog.oid, aggtranstype, agginitval
from pg_catalog.pg_aggregate
where aggfnoid::pg_catalog.oid operator(pg_catalog.<) '16384';
select oid, amopfamily, amoplefttype, amoprighttype, amopstrategy, amoppurpose, amopopr, amopmethod from pg_catalog.pg_amop where oid operator(pg_catalog.<) '16384';
select oid, amprocfamily, amproclefttype, amprocrighttype, amprocnum, amproc::pg_catalog.oid from pg_catalog.pg_amproc where oid operator(pg_catalog.<) '16384';
select oid, opcmethod, opcname, opcnamespace, opcfamily, opcintype, opcdefault, opckeytype from pg_catalog.pg_opclass where oid operator(pg_catalog.<) '16384';
select oid, opfmethod, opfname, opfnamespace from pg_catalog.pg_opfamily where oid operator(pg_catalog.<) '16384';
select oid, conname, connamespace, conforencoding, contoencoding, conproc::pg_catalog.oid, condefault from pg_catalog.pg_conversion where oid operator(pg_catalog.<) '16384';
select oid, collname, collnamespace, collprovider, collencoding from pg_catalog.pg_collation where oid operator(pg_catalog.<) '16384';
select oid, lanname, lanispl, lanplcallfoid from pg_catalog.pg_language where oid operator(pg_catalog.<) '12000';
select oid, amname, amhandler::pg_catalog.oid, amtype from pg_catalog.pg_am where oid operator(pg_catalog.<) '16384';
select rngtypid, rngsubtype, rngcollation, rngsubopc, rngcanonical::pg_catalog.oid, rngsubdiff::pg_catalog.oid
from pg_catalog.pg_range where rngtypid operator(pg_catalog.<) '16384';
select inhparent, inhrelid from pg_catalog.pg_inherits where inhparent operator(pg_catalog.<) '16384';
select oid, relname, relnamespace, reltype, relam, relkind, relpersistence, relhasrules, relhastriggers, relrowsecurity
from pg_catalog.pg_class where oid operator(pg_catalog.<) '16384';
select attrelid, attname, atttypid, attnum, atttypmod, attnotnull, attisdropped from pg_catalog.pg_attribute where attrelid operator(pg_catalog.<) '16384';
select ev_class, rulename, ev_type, ev_enabled, is_instead, xmin from pg_catalog.pg_rewrite where ev_class operator(pg_catalog.<) '16384';
select oid, nspname from pg_catalog.pg_namespace where oid operator(pg_catalog.<) '2200';

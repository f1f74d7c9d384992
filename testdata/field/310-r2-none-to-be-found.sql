-- 310-r2-none-to-be-found: hstore has no such operator in pg_catalog, so the archive cannot be restored; the hint says why.
--
-- Needs     hstore
-- Restore   error: without the schema of their operator
-- Names     a restore does not find public.hstore = public.hstore
create extension hstore;
create table t (id int primary key, h hstore);
insert into t values (1, 'a=>1');
create view changed as select id from t where h is distinct from 'a=>2'::hstore;

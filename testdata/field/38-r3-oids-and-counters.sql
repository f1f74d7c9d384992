-- 38-r3-oids-and-counters: numbers that each database assigns itself, and transaction ids.
--
-- Restore   fails materialized_views
-- Names     public.oids depends on the catalogs (pg_class
-- Names     public.transactions depends on where and by whom it is refreshed
-- Unnamed   public.names
create table t (id int primary key);
create sequence filler;
drop sequence filler;
create type late as enum ('a');
create table u (v late);
create materialized view oids as select c.oid, relfilenode from pg_class as c where relname = 'u';
create materialized view transactions as select txid_current() as x, pg_current_wal_lsn()::text as l;
create materialized view names as select relname from pg_class where relname in ('t', 'u') order by 1;

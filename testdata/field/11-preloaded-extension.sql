-- 11-preloaded-extension: an extension that requires its library to be preloaded, and serves one database only.
--
-- Needs     pg_cron
-- Starts    shared_preload_libraries=pg_cron; cron.database_name=DBNAME
create extension pg_cron;
select cron.schedule('nightly', '0 3 * * *', 'vacuum');
select cron.schedule('* * * * *', 'delete from public.t');
create table t (id int primary key);
insert into t values (1);

-- 11-r1-preloaded-among-others: a needed library among others that only monitor, one of them for sessions; quoted, in a plain dump.
--
-- Needs     pg_cron, pgaudit, pg_stat_statements
-- Format    plain
-- Starts    shared_preload_libraries=pg_stat_statements, "pgaudit" ,"$libdir/pg_cron"; session_preload_libraries=auto_explain; cron.database_name=DBNAME; pgaudit.log=none
create extension pgaudit;
create extension pg_cron;
create extension pg_stat_statements;
create table t (id int primary key);
select cron.schedule('nightly', '0 3 * * *', 'vacuum');

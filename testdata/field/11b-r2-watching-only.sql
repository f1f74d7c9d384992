-- 11b-r2-watching-only: libraries without an extension in the database; the copy needs none of them.
--
-- Needs     pg_cron
-- Starts    shared_preload_libraries=auto_explain,pg_cron; cron.database_name=postgres; auto_explain.log_min_duration=1h
create table t (id int primary key);
insert into t values (1);

-- 39b-setting-of-the-database: a materialized view that depends on a setting of the database, which no archive holds.
--
-- Restore   fails materialized_views: m
-- Names     settings of the database
-- Names     public.m depends on a setting, which no archive carries (app.tenant)
alter database :"DBNAME" set app.tenant = 'acme';
\c
create table t (id int primary key);
insert into t values (1);
create materialized view m as select id, current_setting('app.tenant', true) as tenant from t;

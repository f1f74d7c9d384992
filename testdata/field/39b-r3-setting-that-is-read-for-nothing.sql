-- 39b-r3-setting-that-is-read-for-nothing: the view reads the setting, and holds the same without it.
--
-- Names     settings of the database
-- Unnamed   depends on a setting
alter database :"DBNAME" set app.tenant = 'acme';
\c
create table t (id int primary key, tenant text, check (tenant = coalesce(current_setting('app.tenants', true), tenant)));
insert into t values (1, 'acme');
create materialized view m as select id from t where current_setting('app.tenant', true) is distinct from 'other';

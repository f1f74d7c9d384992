-- 39b-r2-setting-behind-a-function: a function that reads the setting, and a view through it.
--
-- Restore   fails materialized_views: m
-- Names     public.m depends on
alter database :"DBNAME" set app.tenant = 'acme';
\c
create function tenant() returns text language sql stable as $$ select current_setting('app.tenant', true) $$;
create view who as select tenant() as tenant;
create materialized view m as select tenant from who;

-- 39b-r1-setting-of-a-role: the same, where the setting belongs to the role that dumps, in this database alone.
--
-- Restore   fails materialized_views: m
-- Names     public.m depends on a setting, which no archive carries (app.tenant)
select format('alter role %I in database %I set app.tenant = ''acme''', current_user, current_database()) \gexec
\c
create materialized view m as select coalesce(current_setting('app.tenant', true), '') as tenant;

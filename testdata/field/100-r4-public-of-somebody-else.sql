-- 100-r4-public-of-somebody-else: public with another owner, comment and rights, and an object of each kind in it.
--
-- Majors    15
-- To        newer
alter schema public owner to pg_monitor;
comment on schema public is 'ours';
grant create on schema public to pg_monitor with grant option;
grant usage on schema public to pg_monitor;
revoke usage on schema public from public;
create table t (id int primary key);
alter default privileges in schema public grant select on tables to pg_monitor;

-- 207-r1-grants-on-a-constructor: granted by hand, and to a role.
--
-- Names     grants on the function app.during(timestamp with time zone,timestamp with time zone)
create schema app;
create type app.during as range (subtype = timestamptz);
revoke execute on function app.during(timestamptz, timestamptz) from public;
grant execute on function app.during(timestamptz, timestamptz) to pg_monitor;
grant usage on type app.during to pg_monitor;
create table t (id int primary key, d app.during);
insert into t values (1, '[2026-01-01,2026-02-01)');

-- 207-r3-default-privileges-on-everything: for each kind of object, and objects created under them whose rights were changed later.
--
-- To        newer
alter default privileges grant select, insert on tables to pg_monitor with grant option;
alter default privileges revoke execute on functions from public;
alter default privileges grant usage on sequences to public;
alter default privileges revoke usage on types from public;
alter default privileges grant create on schemas to pg_monitor;
create schema app;
alter default privileges in schema app grant execute on functions to pg_monitor;
alter default privileges in schema app grant truncate on tables to public;
create table app.t (id serial primary key);
create table app.u (id int);
revoke all on app.u from public, pg_monitor;
create function app.f() returns int language sql as 'select 1';
create function app.g() returns int language sql as 'select 1';
grant execute on function app.g() to public;
create procedure p() language sql as '';
create aggregate app.s (int) (sfunc = int4pl, stype = int);
create domain app.d as int;
grant usage on type app.d to public;
create view app.v as select 1 as a;
revoke select on app.v from pg_monitor;
select format($$revoke all on app.t from %I$$, current_user) \gexec

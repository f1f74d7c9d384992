-- 05b-r2-an-extension-updated: changes by an update script are not changes by hand; nor are those by a grant.
--
-- Needs     hstore, pg_trgm
-- Unnamed   was changed
create extension hstore version '1.4';
alter extension hstore update;
create schema s;
create extension pg_trgm schema s;
alter extension hstore set schema s;
revoke execute on function s.similarity(text, text) from public;
grant execute on function s.similarity(text, text) to pg_monitor;
create table t (id int primary key, bag s.hstore);
insert into t values (1, 'a=>1');

-- 04-r1-predicates-and-statistics: functions that need a search_path in an index's predicate, in statistics and in another schema.
--
-- Majors    14-16
-- Restore   error: helper
set check_function_bodies = off;
create schema app;
create function app.folded(text) returns text language sql immutable as 'select helper($1)';
create function app.helper(text) returns text language sql immutable as 'select lower($1)';
set search_path = app, public;
create table app.word (id serial primary key, w text);
insert into app.word (w) values ('A'), ('b');
create index on app.word (id) where folded(w) > 'a';
create statistics app.pair on id, (folded(w)) from app.word;
analyze app.word;
create materialized view app.copy as select * from app.word;
create index on app.copy (folded(w));

-- 05d-r3-members-of-every-kind: whatever can be made a member by hand is named, or refused where rows are lost.
--
-- Needs     hstore
-- Names     sequence public.counter of extension hstore was made a member by hand
-- Names     materialized view public.summary of extension hstore was made a member by hand
-- Names     foreign table public.far of extension hstore was made a member by hand
-- Names     server srv of extension hstore was made a member by hand
-- Names     foreign-data wrapper wrap of extension hstore was made a member by hand
-- Names     schema own of extension hstore was made a member by hand
-- Names     cast (public.pair AS integer) of extension hstore was made a member by hand
-- Names     operator family public.pairs USING btree of extension hstore was made a member by hand
-- Names     event trigger watch of extension hstore was made a member by hand
-- Names     language talk of extension hstore was made a member by hand
-- Names     text search configuration public.conf of extension hstore was made a member by hand
-- Names     access method mine of extension hstore was made a member by hand
create extension hstore;
create sequence counter;
select nextval('counter');
create materialized view summary as select 1 as a;
create foreign data wrapper wrap;
create server srv foreign data wrapper wrap;
create foreign table far (a int) server srv;
create schema own;
create type pair as (a int, b int);
create function first(pair) returns int language sql immutable as 'select $1.a';
create cast (pair as int) with function first(pair);
create function watched() returns event_trigger language plpgsql as 'begin end';
create event trigger watch on sql_drop execute function watched();
create operator family pairs using btree;
create language talk handler plpgsql_call_handler;
create text search configuration conf (copy = simple);
create access method mine type table handler heap_tableam_handler;
alter extension hstore add sequence counter;
alter extension hstore add materialized view summary;
alter extension hstore add foreign table far;
alter extension hstore add server srv;
alter extension hstore add foreign data wrapper wrap;
alter extension hstore add schema own;
alter extension hstore add cast (pair as int);
alter extension hstore add operator family pairs using btree;
alter extension hstore add event trigger watch;
alter extension hstore add language talk;
alter extension hstore add text search configuration conf;
alter extension hstore add access method mine;

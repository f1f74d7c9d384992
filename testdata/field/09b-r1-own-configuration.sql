-- 09b-r1-own-configuration: the default configuration is user-defined, and the restore creates it on its way.
--
-- Restore   fails materialized_views: search
-- Names     the server does not accept the source's default_text_search_config = public.names
-- Names     refreshed at another time or under other settings than in the restore (its query has to_tsvector())
create text search configuration names (copy = simple);
alter database :"DBNAME" set default_text_search_config = 'public.names';
\c
create table doc (id int primary key, body text);
insert into doc values (1, 'running cats');
create materialized view search as select id, to_tsvector(body) as v from doc;

-- 09b-r3-dictionary-that-was-changed: a view was filled before a dictionary of the configuration changed; it is stale.
--
-- Restore   fails materialized_views: words
-- Names     public.words was stale at the dump
create text search dictionary plain (template = simple, stopwords = english);
create text search configuration ours (copy = simple);
alter text search configuration ours alter mapping for asciiword with plain;
create table t (id int primary key, body text);
insert into t values (1, 'the cat');
create materialized view words as select to_tsvector('public.ours', body) as v from t;
alter text search configuration ours alter mapping for asciiword with simple;

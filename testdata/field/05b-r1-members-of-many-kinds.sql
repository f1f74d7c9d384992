-- 05b-r1-members-of-many-kinds: an operator, a type, the support function of an enum and an operator family that extensions created.
--
-- Needs     hstore, citext, ltree
-- Names     operator public.=(public.citext,public.citext) of extension citext was changed
-- Names     type public.hstore of extension hstore was changed
-- Names     (integer, integer) of public.citext_ops USING btree of extension citext was changed
-- Names     cast (public.citext AS pg_catalog.text) of extension citext has another comment
create extension hstore;
create extension citext;
create extension ltree;
alter operator = (citext, citext) set (restrict = none);
alter type hstore owner to pg_monitor;
create function plus(int, int) returns int language sql immutable as 'select $1 - $2';
alter operator family citext_ops using btree add function 1 (int, int) plus(int, int);
comment on cast (citext as text) is 'ours';
create table t (id int primary key, word citext);
insert into t values (1, 'A');

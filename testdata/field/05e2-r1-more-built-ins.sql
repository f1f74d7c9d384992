-- 05e2-r1-more-built-ins: a view, an operator, a type's owner, a language and a configuration that lost a mapping.
--
-- Names     view pg_catalog.pg_group of PostgreSQL was changed
-- Names     operator pg_catalog.=(integer,integer) of PostgreSQL was changed
-- Names     text search configuration pg_catalog.simple of PostgreSQL was changed
-- Names     text search dictionary pg_catalog.simple of PostgreSQL has another comment
-- Names     the comment on extension plpgsql
create or replace view pg_catalog.pg_group as
select rolname as groname, oid as grosysid, '{}'::oid[] as grolist from pg_catalog.pg_roles where rolcanlogin;
alter operator pg_catalog.= (int, int) set (join = none);
alter text search configuration pg_catalog.simple drop mapping for url;
comment on text search dictionary pg_catalog.simple is 'ours';
comment on extension plpgsql is 'ours';

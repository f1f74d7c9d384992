-- 05-r1-built-in-made-immutable: the same with a function of PostgreSQL, in the predicate of an index.
--
-- Restore   error: a function was made immutable at the source with alter function, and belongs to an extension or to PostgreSQL
alter function pg_catalog.to_char(timestamptz, text) immutable;
create table p (id int primary key, at timestamptz);
create index p_at on p (id) where to_char(at, 'YYYY') = '2026';

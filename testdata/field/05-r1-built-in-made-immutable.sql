-- 05-r1-built-in-made-immutable: the same with a built-in function, in the predicate of an index.
--
-- Restore   error: a function of an extension or of PostgreSQL was made immutable at the source
alter function pg_catalog.to_char(timestamptz, text) immutable;
create table p (id int primary key, at timestamptz);
create index p_at on p (id) where to_char(at, 'YYYY') = '2026';

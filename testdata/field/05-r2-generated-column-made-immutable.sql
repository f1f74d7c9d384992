-- 05-r2-generated-column-made-immutable: the same in a generated column: the table itself cannot be created.
--
-- Needs     unaccent
-- Restore   error: a function of an extension or of PostgreSQL was made immutable at the source
create extension unaccent;
alter function unaccent(text) immutable;
create table p (id int primary key, name text, plain text generated always as (unaccent(name)) stored);

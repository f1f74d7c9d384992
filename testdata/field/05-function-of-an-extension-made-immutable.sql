-- 05-function-of-an-extension-made-immutable: alter function on an extension's function is in no archive, so the index cannot be built.
--
-- Needs     unaccent
-- Restore   error: a function of an extension or of PostgreSQL was made immutable at the source
create extension unaccent;
alter function unaccent(text) immutable;
create table p (id int primary key, name text);
insert into p values (1, 'Élan');
create index p_n on p (unaccent(name));

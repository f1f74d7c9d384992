-- 01_schemas.sql: the schemas that all other files of the zoo fill.
--
-- Holds    eight schemas, two of them empty, one with a name that needs quoting
-- Needs    an empty UTF8 database; every name is qualified, so it works under any search_path
create schema zoo;
create schema zoo_part;
create schema zoo_many;
create schema zoo_new;
create schema zoo_empty;
create schema zoo_bare;
create schema zoo_text;
create schema "Odd ""Schema"" é";

comment on schema zoo is 'One of everything.';
comment on schema zoo_part is 'Partitions and inheritance.';
comment on schema zoo_many is 'Many small tables of one shape.';
comment on schema zoo_new is 'What only newer majors know.';
comment on schema zoo_empty is 'Nothing lives here, and it must survive all the same.';
comment on schema "Odd ""Schema"" é" is E'Quotes '' and ", a \\ backslash, a\ttab,\na newline, % and $1; $$ and -- too.';

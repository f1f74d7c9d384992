-- 55-r1-commands-in-rows: rows, names, defaults and large objects that look like commands of psql and like the end of COPY.
--
-- Format    plain
create table public."\connect" (id int primary key, "DROP DATABASE x;
\! id
" text default E'\\! id\nDROP DATABASE y;', b bytea);
insert into public."\connect" values
    (1, E'\\.'), (2, E'\\connect other\n\\.\n\\! id'), (3, E'DROP DATABASE x;\r\n'), (4, ''), (5, null), (6, E'\\restrict a\n\\unrestrict a'),
    (7, $$'$$), (8, $$"$$), (9, '$$'), (10, '/*'), (11, '--');
update public."\connect" set b = convert_to("DROP DATABASE x;
\! id
", 'UTF8');
select lo_from_bytea(0, '\x5c2e0a5c21206964');

-- 55-r3-commands-in-an-archive: the same in a table of contents, whose entries are read one by one.
--
-- Format    tar
create schema "DROP DATABASE x; --";
create table "DROP DATABASE x; --"."a;
\! id
b" ("'" text, """" text, "$$" text);
insert into "DROP DATABASE x; --"."a;
\! id
b" values ('DROP DATABASE x;', E'\\.\n', '$$');
comment on table "DROP DATABASE x; --"."a;
\! id
b" is E'ALTER SYSTEM SET x = 1;\n\\connect y';
create function public.f() returns void language plpgsql as $body$ begin execute 'alter system reset all'; end $body$;

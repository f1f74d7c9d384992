-- 55-r2-commands-in-expressions: constants with backslashes, quotes and semicolons in views, checks, rules and SQL bodies.
--
-- Majors    14
-- Format    plain
create table public.t (id int primary key, a text check (a <> E'\\! id;''\n\\connect x' and a <> E'it''s \\'));
insert into public.t values (1, E'\\'), (2, ';');
create view public.v as select a, E'\\'';\n\\g |id' as b, $a$$$;$a$ as c from public.t where a ~ E'\\d;';
create rule r as on insert to public.v do instead (insert into public.t values (3, ';'); delete from public.t where a = E'\\;');
create function public.f(begin int, atomic int default 1) returns text
begin atomic
    select case when begin = 1 then E'\\;end;' else 'end' end;
    select case atomic when 1 then ';' end;
end;
create function public."begin"() returns int language sql as 'select 1;';
create procedure public.p() begin atomic insert into public.t values (4, E';\\'); end;
create index on public.t ((a || E'\\;'));

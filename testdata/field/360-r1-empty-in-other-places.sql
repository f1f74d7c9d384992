-- 360-r1-empty-in-other-places: options, labels, settings, arguments, defaults and lists that are empty come back as they are.
create foreign data wrapper w options (a '');
create server s foreign data wrapper w options (b '', "C d" '');
create user mapping for public server s options (password '');
create type e as enum ('', 'x');
create domain d as text default '' check (value <> 'y');
create table t (a e default '', b d, c text[] default '{}', primary key (a));
create function f(x text default '', variadic e[] default '{}') returns text language sql set search_path = '' set my.own = '' as 'select '''' ';
create function g() returns trigger language plpgsql as 'begin return new; end';
create trigger g before insert on t for each row execute function g('', '');
create publication p with (publish = '');
create aggregate joined(text) (sfunc = textcat, stype = text, initcond = '');
create text search dictionary dict (template = simple, stopwords = 'english', accept = 'false');
comment on table t is '';
insert into t values ('', '', '{""}');

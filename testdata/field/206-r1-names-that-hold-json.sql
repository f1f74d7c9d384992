-- 206-r1-names-that-hold-json: names of functions, aggregates, operators and casts in which json has a schema before 16.
--
-- To        newer

create schema own;
create function own.first(a json, b json) returns json language sql immutable as 'select a';
create function own."pg_catalog.json"(json, json[]) returns int language sql as 'select 1';
create aggregate own.any_json (json) (sfunc = own.first, stype = json, initcond = '{}');
create operator own.<+> (leftarg = json, rightarg = json, function = own.first);
create type own.pair as (a json, b int);
create function own.paired(json) returns own.pair language sql as 'select row($1, 1)::own.pair';
create cast (json as own.pair) with function own.paired(json);
comment on function own.first(json, json) is 'f';
comment on function own."pg_catalog.json"(json, json[]) is 'f';
comment on aggregate own.any_json(json) is 'a';
comment on operator own.<+> (json, json) is 'o';
comment on cast (json as own.pair) is 'c';
revoke execute on function own.first(json, json) from public;

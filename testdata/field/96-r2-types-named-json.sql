-- 96-r2-types-named-json: types, domains, functions, casts and operators.
--
-- Majors    13-16
-- To        newer
create schema s;
create type s.json_value as enum ('json_value', 'b');
create type s.json_table as (json_value s.json_value, json text);
create domain s.json_exists as int constraint json check (value > 0);
create type s.merge_action as range (subtype = int4);
create table s.t (a s.json_value default 'b', b s.json_table[], c s.json_exists, d s.merge_action);
insert into s.t values ('b', array[row('b', '"json"')::s.json_table], 3, '[1,2)');
create function s.json_query(s.json_table) returns s.json_value language plpgsql as
    'begin return ($1)."json_value"; end';
create function s.same(s.json_table, s.json_table) returns boolean language sql immutable as
    'select $1 is not distinct from $2';
create operator s.=== (leftarg = s.json_table, rightarg = s.json_table, function = s.same, commutator = operator(s.===));
create cast (s.json_table as s.json_value) with inout;
create aggregate s.json_arrayagg(s.json_value) (sfunc = array_append, stype = s.json_value[]);
comment on type s.json_value is 'x';
comment on cast (s.json_table as s.json_value) is 'x';

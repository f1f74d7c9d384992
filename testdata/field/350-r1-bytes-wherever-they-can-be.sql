-- 350-r1-bytes-wherever-they-can-be: the same in every kind of definition, beside valid UTF-8.
--
-- Encoding  SQL_ASCII
-- To        newer
create table t (a text, b varchar(3) default E'\xe5', g bool generated always as (b in (E'\xe4', 'x')) stored, check (b in (E'\xe3', 'ä', 'x')));
create index on t ((b in (E'\xe7', 'x'))) where b in (E'\xe8', 'y');
create policy p on t using (b in (E'\xe2', 'x'));
create rule r as on update to t where new.b in (E'\xe1', 'x') do instead nothing;
create trigger tr before update on t for each row when (new.b in (E'\xe0', 'x')) execute function suppress_redundant_updates_trigger();
create domain d as varchar(3) check (value in (E'\xef', 'x'));
create function f(x bool default 'y'::varchar in (E'\xe6', 'x')) returns text language sql as E'select ''\xe6''::text';
create table "n""
x" (a varchar(5) check (a in (E'\xee', E'"\\\t\x01')));
insert into t values (E'\xed', 'x');

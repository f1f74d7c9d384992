-- 206-across-majors: definitions that a newer PostgreSQL prints differently.
--
-- To        newer

create function f(json) returns int language sql as 'select 1';
comment on function f(json) is 'c';
create view v1 as select * from json_to_record('{}') as x(a numeric(12,4));
create view v2 as select xmltable.a from xmltable('/r' passing '<r/>' columns a text path 'a');
create view v3 as select xmlserialize(content '<a/>'::xml as text) as x;
create table t (a int, b timestamptz);
create rule r as on insert to t do also update t tt set b = now() where tt.a = new.a;
create table x (t text check (xmlparse(content t) is document));
create collation first_lower (provider = icu, locale = '@colCaseFirst=lower;colNumeric=yes');

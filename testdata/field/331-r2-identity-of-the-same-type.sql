-- 331-r2-identity-of-the-same-type: a column that was retyped takes its sequence along, and a serial column keeps its own type.
--
-- Unnamed   the type of the sequence
create table t (a bigint generated always as identity, b serial, c smallint generated always as identity);
alter table t alter column a type int;
alter table t alter column b type bigint;
create table copy (like t including all);
alter sequence copy_a_seq as int;
alter sequence copy_c_seq as smallint;
insert into t default values;

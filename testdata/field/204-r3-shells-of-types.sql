-- 204-r3-shells-of-types: shell types that were never completed, and operators that wait for others.
create type announced;
create function in_of(cstring) returns announced language internal strict immutable as 'textin';
drop function in_of(cstring);
create type used;
create function takes(cstring) returns used language internal strict immutable as 'textin';
create operator @@@ (function = int4eq, leftarg = int, rightarg = int, commutator = @@@, negator = !@@);
create operator family fam using btree;
create table t (id int primary key);
comment on type announced is 'not yet';
alter type used owner to pg_monitor;

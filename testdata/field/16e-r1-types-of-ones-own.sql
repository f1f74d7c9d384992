-- 16e-r1-types-of-ones-own: base types whose text form loses part of the value, with and without a binary form, and one that is exact.
--
-- Names     public.memo does not hold: 1 row of public.t.m
-- Names     public.memo does not hold: 1 row of public.t.ms
-- Names     public.memo does not hold: 1 row of public.t.ds
-- Names     public.note does not hold: 1 row of public.t.n
create type memo;
create function memo_in(cstring) returns memo language internal strict immutable as 'textin';
create function memo_out(memo) returns cstring language internal strict immutable as 'xml_out';
create function memo_send(memo) returns bytea language internal strict immutable as 'byteasend';
create type memo (input = memo_in, output = memo_out, send = memo_send, like = text);
create type note;
create function note_in(cstring) returns note language internal strict immutable as 'textin';
create function note_out(note) returns cstring language internal strict immutable as 'xml_out';
create type note (input = note_in, output = note_out, like = text);
create type exact;
create function exact_in(cstring,oid,int) returns exact language internal strict immutable as 'varcharin';
create function exact_out(exact) returns cstring language internal strict immutable as 'varcharout';
create type exact (input = exact_in, output = exact_out, like = varchar);
create domain memos as memo[];
create type deep as (m memos, x xml, n note, e exact);
create table t (id int primary key, m memo, n note, e exact, ms memo[], d deep, ds deep[], x xml, xs xml[]);
insert into t values (1, '<?xml version="1.0" encoding="UTF-8"?><a/>', E'\n<a/>', '<?xml version="1.0"?><a/>', '{<a>,NULL}', null, null, '<a/>', '{<a/>}'),
 (2, '<a/>', '<a/>', '<?xml version="1.0"?><a/>', array['<?xml version="1.0"?><a/>'::memo,null], row('{}',null,null,''),
  array[null, row(array['<a>', '<?xml version="1.0"?><a/>']::memo[], '<a/>', 'x', 'y')::deep], '<?xml version="1.0" encoding="LATIN1" standalone="yes"?><a/>', array['<a/>','<?xml version="1.0"?><a/>']::xml[]), (3,null,null,null,null,null,null,null,null),(4, null,null,null,null,row(null,'<?xml version="1.0" standalone="yes"?><a/>',null,null),null,null,null);

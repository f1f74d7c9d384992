-- 06_operators.sql: operators, operator families and classes, casts.
--
-- Holds    an ordering of integers by their last digit, with all that an index needs
create function zoo.last_digit_cmp(a integer, b integer) returns integer
    language sql immutable strict
    as 'select pg_catalog.btint4cmp(pg_catalog.abs(a % 10), pg_catalog.abs(b % 10))';
create function zoo.last_digit_lt(a integer, b integer) returns boolean
    language sql immutable strict as 'select pg_catalog.abs(a % 10) < pg_catalog.abs(b % 10)';
create function zoo.last_digit_le(a integer, b integer) returns boolean
    language sql immutable strict as 'select pg_catalog.abs(a % 10) <= pg_catalog.abs(b % 10)';
create function zoo.last_digit_eq(a integer, b integer) returns boolean
    language sql immutable strict as 'select pg_catalog.abs(a % 10) = pg_catalog.abs(b % 10)';
create function zoo.last_digit_ge(a integer, b integer) returns boolean
    language sql immutable strict as 'select pg_catalog.abs(a % 10) >= pg_catalog.abs(b % 10)';
create function zoo.last_digit_gt(a integer, b integer) returns boolean
    language sql immutable strict as 'select pg_catalog.abs(a % 10) > pg_catalog.abs(b % 10)';
create function zoo.last_digit_ne(a integer, b integer) returns boolean
    language sql immutable strict as 'select pg_catalog.abs(a % 10) <> pg_catalog.abs(b % 10)';
create function zoo.last_digit_hash(a integer) returns integer
    language sql immutable strict as 'select pg_catalog.hashint4(pg_catalog.abs(a % 10))';

create operator zoo.<# (function = zoo.last_digit_lt, leftarg = integer, rightarg = integer,
    commutator = operator(zoo.>#), negator = operator(zoo.>=#),
    restrict = pg_catalog.scalarltsel, join = pg_catalog.scalarltjoinsel);
create operator zoo.<=# (function = zoo.last_digit_le, leftarg = integer, rightarg = integer,
    commutator = operator(zoo.>=#), negator = operator(zoo.>#),
    restrict = pg_catalog.scalarlesel, join = pg_catalog.scalarlejoinsel);
create operator zoo.=# (function = zoo.last_digit_eq, leftarg = integer, rightarg = integer,
    commutator = operator(zoo.=#), negator = operator(zoo.<>#),
    restrict = pg_catalog.eqsel, join = pg_catalog.eqjoinsel, hashes, merges);
create operator zoo.>=# (function = zoo.last_digit_ge, leftarg = integer, rightarg = integer,
    commutator = operator(zoo.<=#), negator = operator(zoo.<#),
    restrict = pg_catalog.scalargesel, join = pg_catalog.scalargejoinsel);
create operator zoo.># (function = zoo.last_digit_gt, leftarg = integer, rightarg = integer,
    commutator = operator(zoo.<#), negator = operator(zoo.<=#),
    restrict = pg_catalog.scalargtsel, join = pg_catalog.scalargtjoinsel);
create operator zoo.<># (function = zoo.last_digit_ne, leftarg = integer, rightarg = integer,
    commutator = operator(zoo.<>#), negator = operator(zoo.=#),
    restrict = pg_catalog.neqsel, join = pg_catalog.neqjoinsel);
create operator zoo.!! (function = pg_catalog.int4um, rightarg = integer);
create operator zoo.|+| (function = zoo.add, leftarg = text, rightarg = text);
-- Deliberately hostile: an equality of text that is always true. Nothing may call it by accident.
create function zoo.always(text, text) returns boolean
    language sql immutable as 'select true';
create operator zoo.= (function = zoo.always, leftarg = text, rightarg = text);

create operator family zoo.last_digit_ops using btree;
create operator class zoo.last_digit_btree for type integer using btree family zoo.last_digit_ops as
    operator 1 zoo.<#,
    operator 2 zoo.<=#,
    operator 3 zoo.=#,
    operator 4 zoo.>=#,
    operator 5 zoo.>#,
    function 1 zoo.last_digit_cmp(integer, integer);
create operator class zoo.last_digit_hash for type integer using hash as
    operator 1 zoo.=#,
    function 1 zoo.last_digit_hash(integer);
create operator family zoo.loose_family using btree;
alter operator family zoo.loose_family using btree add
    operator 1 pg_catalog.<(integer, bigint),
    operator 3 pg_catalog.=(integer, bigint),
    function 1 (integer, bigint) pg_catalog.btint48cmp(integer, bigint);
create operator family zoo.empty_family using gin;
create operator class zoo.twin_ops for type integer using zoo_btree as
    operator 1 pg_catalog.<,
    operator 2 pg_catalog.<=,
    operator 3 pg_catalog.=,
    operator 4 pg_catalog.>=,
    operator 5 pg_catalog.>,
    function 1 pg_catalog.btint4cmp(integer, integer);
create operator class zoo.stored_gist for type polygon using gist as
    operator 3 pg_catalog.&&,
    function 1 pg_catalog.gist_poly_consistent(internal, polygon, smallint, oid, internal),
    function 2 pg_catalog.gist_box_union(internal, internal),
    function 3 pg_catalog.gist_poly_compress(internal),
    function 5 pg_catalog.gist_box_penalty(internal, internal, internal),
    function 6 pg_catalog.gist_box_picksplit(internal, internal),
    function 7 pg_catalog.gist_box_same(box, box, internal),
    storage box;
create type zoo.grade as (mark integer);
create function zoo.grade_eq(a zoo.grade, b zoo.grade) returns boolean
    language sql immutable strict as 'select (a).mark = (b).mark';
create function zoo.grade_hash(a zoo.grade) returns integer
    language sql immutable strict as 'select pg_catalog.hashint4((a).mark)';
create function zoo.grade_hash_twice(a zoo.grade) returns integer
    language sql immutable strict as 'select pg_catalog.hashint4(pg_catalog.hashint4((a).mark))';
create operator zoo.=? (function = zoo.grade_eq, leftarg = zoo.grade, rightarg = zoo.grade, commutator = operator(zoo.=?),
    restrict = pg_catalog.eqsel, join = pg_catalog.eqjoinsel, hashes);
create operator zoo.==? (function = zoo.grade_eq, leftarg = zoo.grade, rightarg = zoo.grade, commutator = operator(zoo.==?),
    restrict = pg_catalog.eqsel, join = pg_catalog.eqjoinsel, hashes);
create operator class zoo.grade_ops default for type zoo.grade using hash family pg_catalog.integer_ops as
    operator 1 zoo.=?,
    function 1 zoo.grade_hash(zoo.grade);

create function zoo.pair_to_text(p zoo.pair) returns text
    language sql immutable strict
    as $$ select p.a::text || '/' || p.b $$;
create function zoo.text_to_pair(t text) returns zoo.pair
    language sql immutable strict
    as $$ select row(pg_catalog.length(t), t)::zoo.pair $$;
create function zoo.to_length(t text, typmod integer, explicit boolean) returns zoo.tally
    language sql immutable strict
    as $$ select pg_catalog.length(t)::text::zoo.tally $$;
create cast (zoo.tally as text) with inout as assignment;
create cast (text as zoo.tally) with function zoo.to_length(text, integer, boolean);
create cast (zoo.pair as text) with function zoo.pair_to_text(zoo.pair);
create cast (text as zoo.pair) with function zoo.text_to_pair(text) as assignment;
create cast (zoo.label as text) without function as implicit;
create cast (text as zoo.label) without function as assignment;
create cast (integer as zoo.tally) without function as assignment;
create cast (zoo.mood as zoo.traffic_light) with inout;

comment on operator zoo.=# (integer, integer) is 'Same last digit.';
comment on operator zoo.!! (none, integer) is 'A prefix operator.';
comment on operator family zoo.last_digit_ops using btree is 'By the last digit.';
comment on operator class zoo.last_digit_btree using btree is 'Its btree class.';
comment on cast (zoo.pair as text) is 'Slash between.';

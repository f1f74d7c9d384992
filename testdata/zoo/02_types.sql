-- 02_types.sql: types: enums, composites, domains, ranges, a base type and a shell.
--
-- Holds    types only; the tables that use them come later
create type zoo.mood as enum ('sad', 'ok', 'happy');
alter type zoo.mood add value 'elated' after 'happy';
alter type zoo.mood add value 'bored' before 'ok'; -- its sort position is fractional in the source, integral after a restore
create type zoo.odd_label as enum ('', ' ', 'it''s', 'a"b', 'back\slash', 'new
line', 'ünïcode', 'NULL');
create type zoo.no_label as enum ();
create type zoo.traffic_light as enum ('red', 'amber', 'green');

create type zoo.pair as (a integer, b text);
create type zoo.nested as (head zoo.pair, tail zoo.pair[], feeling zoo.mood);
create type zoo.no_field as ();
create type zoo.worn as (keep_1 integer, lost text, keep_2 text collate "C");
alter type zoo.worn drop attribute lost;
alter type zoo.worn add attribute late numeric(10, 2);
create type zoo."Odd Type" as ("Field 1" integer, "select" text, "ünï" boolean);

create domain zoo.posint as integer
    default 1
    constraint posint_positive check (value > 0);
create domain zoo.small_posint as zoo.posint
    constraint small_posint_limit check (value < 1000);
create domain zoo.code as text collate "C"
    default 'none'
    not null
    constraint code_not_empty check (value <> '')
    constraint code_short check (pg_catalog.length(value) <= 12);
create domain zoo.int_list as integer[]
    check (pg_catalog.array_ndims(value) = 1);
create domain zoo.good_pair as zoo.pair
    check ((value).a is distinct from 0);
create domain zoo.year as integer;
alter domain zoo.year add constraint year_recent check (value > 1900) not valid;
create domain zoo.odd_default as text default E'it''s\\ \t"odd"';

create domain zoo.spare as integer; -- nothing uses it

create type zoo.floatrange as range (subtype = float8, subtype_diff = pg_catalog.float8mi);
create type zoo.textrange as range (subtype = text, collation = "C");
create domain zoo.short_range as int4range
    check (pg_catalog.upper(value) - pg_catalog.lower(value) <= 100);

-- A base type: text's own input and output under another name.
create type zoo.label;
create function zoo.label_in(cstring) returns zoo.label
    language internal immutable strict parallel safe as 'textin';
create function zoo.label_out(zoo.label) returns cstring
    language internal immutable strict parallel safe as 'textout';
create function zoo.label_recv(internal) returns zoo.label
    language internal stable strict parallel safe as 'textrecv';
create function zoo.label_send(zoo.label) returns bytea
    language internal stable strict parallel safe as 'textsend';
create type zoo.label (
    input = zoo.label_in,
    output = zoo.label_out,
    receive = zoo.label_recv,
    send = zoo.label_send,
    internallength = variable,
    alignment = int4,
    storage = extended,
    category = 'Z',
    preferred = true,
    delimiter = ';',
    default = 'unlabelled',
    collatable = true
);

-- A base type of fixed length, passed by value, with its own alignment.
create type zoo.tally;
create function zoo.tally_in(cstring) returns zoo.tally
    language internal immutable strict parallel safe as 'int4in';
create function zoo.tally_out(zoo.tally) returns cstring
    language internal immutable strict parallel safe as 'int4out';
create type zoo.tally (
    input = zoo.tally_in,
    output = zoo.tally_out,
    like = pg_catalog.int4,
    category = 'N'
);

create type zoo.never_finished; -- stays a shell

comment on type zoo.mood is 'Ordered as felt.';
comment on type zoo.pair is 'Two fields.';
comment on column zoo.pair.b is 'The second field of a composite type.';
comment on domain zoo.code is 'Never empty, never long.';
comment on constraint code_short on domain zoo.code is 'Twelve is enough.';
comment on type zoo.floatrange is 'A range of floats.';
comment on type zoo.label is 'Text in disguise.';
comment on type zoo.never_finished is 'A shell.';

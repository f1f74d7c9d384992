-- 21_constraints.sql: checks, unique keys and exclusions.
--
-- Holds    constraints that are valid, not valid, deferred, not inherited, and rows that violate the one that is not valid
create table zoo.checks (
    id integer constraint checks_key primary key,
    a integer not null constraint a_positive check (a > 0),
    b text constraint b_known check (b in ('x', 'y', '') or b like 'z%'),
    c zoo.posint,
    constraint a_even check (zoo.is_even(a)),
    constraint row_law check (a is not null and (b is null or pg_catalog.length(b) < 5)),
    constraint no_inherit_law check (a < 1000000) no inherit
);
insert into zoo.checks values (1, 2, 'x', 1), (2, 4, null, null), (3, 999998, 'zzz', 2147483647);
create table zoo.not_valid (
    id integer primary key,
    n integer
);
insert into zoo.not_valid values (1, -5), (2, 5);
alter table zoo.not_valid add constraint n_positive check (n > 0) not valid; -- row 1 violates it and must come back
create table zoo.uniques (
    a integer,
    b text,
    c integer,
    d integer,
    e integer,
    constraint uniques_ab unique (a, b),
    constraint uniques_c unique (c) include (d),
    constraint uniques_d unique (d) deferrable initially immediate,
    constraint uniques_e unique (e) deferrable initially deferred
);
insert into zoo.uniques values (1, 'x', 1, 1, 1), (1, 'y', 2, 2, 2), (1, null, null, null, null), (1, null, null, null, null);
create table zoo.key_by_index (a integer not null, b integer not null, c text);
create unique index key_by_index_pk on zoo.key_by_index (b, a) include (c) with (fillfactor = 70);
alter table zoo.key_by_index add constraint key_by_index_pk primary key using index key_by_index_pk;
create unique index key_by_index_c on zoo.key_by_index (c);
alter table zoo.key_by_index add constraint c_once unique using index key_by_index_c deferrable;
insert into zoo.key_by_index values (1, 2, 'x'), (2, 1, null);

create table zoo.exclusions (
    id integer,
    area circle,
    span int4range,
    word text collate "C",
    box box,
    constraint no_overlap exclude using gist (area with &&),
    constraint no_span_overlap exclude using gist (span with &&) where (not pg_catalog.isempty(span)) deferrable initially deferred,
    constraint word_once exclude using hash (word with =),
    constraint id_once exclude using btree (id with =, (zoo.slug(word)) with =) include (word) with (fillfactor = 60),
    constraint box_apart exclude using gist (box with &&, span with -|-)
);
insert into zoo.exclusions values
    (1, '<(0,0),1>', '[1,5)', 'a', '(1,1),(0,0)'),
    (1, '<(5,5),1>', '[7,9)', 'b', '(3,3),(2,2)'),
    (2, null, 'empty', null, null),
    (3, null, 'empty', null, null);

create table zoo.last_digits (n integer, constraint digit_once exclude using btree (n zoo.last_digit_btree with operator(zoo.=#)));
insert into zoo.last_digits values (11), (2), (-3), (null);

comment on constraint a_positive on zoo.checks is 'Zero is not enough.';
comment on constraint checks_key on zoo.checks is 'A key.';
comment on constraint n_positive on zoo.not_valid is 'Not valid, and broken.';
comment on constraint no_overlap on zoo.exclusions is 'Circles keep apart.';

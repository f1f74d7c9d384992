-- 54_needs18.sql: features new in PostgreSQL 18.
--
-- Holds    virtual generated columns, keys over time, constraints that are not enforced, NOT NULL as a constraint with a name
-- Needs    PostgreSQL 18 or newer
create table zoo_new.virtual_columns (
    a integer primary key,
    v integer generated always as (a * 2) virtual,
    s integer generated always as (a * 3) stored,
    t text generated always as ('t ' operator(pg_catalog.||) a::text),
    late integer default 7
);
insert into zoo_new.virtual_columns (a) values (1), (-1), (0);
create table zoo_new.virtual_parent (a integer, v integer generated always as (a + 1) virtual) partition by range (a);
create table zoo_new.virtual_part partition of zoo_new.virtual_parent (v generated always as (a + 2) virtual) for values from (0) to (100);
insert into zoo_new.virtual_parent (a) values (1), (50);

create table zoo_new.periods (
    id int4range,
    valid daterange,
    note text,
    constraint periods_key primary key (id, valid without overlaps)
);
create table zoo_new.period_pointers (
    id integer primary key,
    period_id int4range,
    valid daterange,
    constraint to_period foreign key (period_id, period valid) references zoo_new.periods (id, period valid)
);
create table zoo_new.period_unique (
    id int4multirange,
    valid datemultirange,
    constraint once_at_a_time unique (id, valid without overlaps)
);
insert into zoo_new.periods values
    ('[1,2)', '[2024-01-01,2024-06-01)', 'a'),
    ('[1,2)', '[2024-06-01,)', 'b'),
    ('[2,3)', '(,)', null);
insert into zoo_new.period_pointers values (1, '[1,2)', '[2024-03-01,2024-09-01)'), (2, null, null);
insert into zoo_new.period_unique values ('{[1,2)}', '{[2024-01-01,2024-02-01)}'), (null, null);

create table zoo_new.not_enforced (
    id integer primary key,
    n integer constraint n_hoped check (n > 0) not enforced,
    target integer constraint to_hoped references zoo.targets (c) not enforced
);
insert into zoo_new.not_enforced values (1, -1, 999), (2, 1, 1); -- row 1 violates both
create table zoo_new.not_nulls (
    id integer constraint id_is_known not null,
    own integer constraint own_no_inherit not null no inherit,
    late integer
);
create table zoo_new.not_nulls_child (constraint child_own not null own) inherits (zoo_new.not_nulls);
insert into zoo_new.not_nulls values (1, 1, null), (2, 2, 2);
insert into zoo_new.not_nulls_child values (3, 3, 3);
alter table zoo_new.not_nulls add constraint late_not_valid not null late not valid; -- row 1 violates it
create table zoo_new.part_pointers (id integer, target integer) partition by range (id);
create table zoo_new.part_pointers_1 partition of zoo_new.part_pointers for values from (0) to (10);
insert into zoo_new.part_pointers values (1, 1);
alter table zoo_new.part_pointers add constraint to_target foreign key (target) references zoo.targets (c) not valid;

create function zoo_new.old_and_new() returns setof integer
    language sql
    begin atomic
        update zoo_new.pairs set note = 'x' where a = 1 returning with (old as before) before.a + new.b;
    end;
create view zoo_new.v_functions_18 as
select pg_catalog.casefold('ẞ' collate "pg_unicode_fast") as folded, pg_catalog.uuidv7() is null as no_uuid,
    pg_catalog.array_sort(array[3, 1, 2]) as sorted, pg_catalog.crc32c('\x00'::bytea) as crc;
create table zoo_new.uuids_7 (id uuid primary key default pg_catalog.uuidv7(), n integer);
insert into zoo_new.uuids_7 values ('01890a5d-ac96-774b-bcce-b302099a8057', 1);
create collation zoo_new.unicode_fast (provider = builtin, locale = 'PG_UNICODE_FAST');
create publication zoo_generated for table zoo.generated with (publish = 'insert', publish_generated_columns = stored);
create statistics zoo_new.s_virtual on a, s from zoo_new.virtual_columns;
create type zoo_new.known_pair as (a integer, b text);
create domain zoo_new.known as text constraint known_not_null not null;

comment on constraint id_is_known on zoo_new.not_nulls is 'A NOT NULL with a comment.';
comment on constraint known_not_null on domain zoo_new.known is 'A NOT NULL of a domain.';
comment on column zoo_new.virtual_columns.v is 'Computed when read.';

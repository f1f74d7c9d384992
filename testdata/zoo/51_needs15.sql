-- 51_needs15.sql: features new in PostgreSQL 15.
--
-- Holds    nulls not distinct, views with the rights of their caller, publications of schemas, filters and column lists
-- Needs    PostgreSQL 15 or newer
create table zoo_new.nulls_same (
    a integer,
    b integer,
    c text,
    constraint nulls_same_a unique nulls not distinct (a, b)
);
create unique index nulls_same_c on zoo_new.nulls_same (c) nulls not distinct where a > 0;
insert into zoo_new.nulls_same values (null, null, 'x'), (1, null, null), (null, 1, null);
create table zoo_new.odd_scales (
    id integer primary key,
    thousands numeric(3, -2),
    tiny numeric(2, 5)
);
insert into zoo_new.odd_scales values (1, 12345, 0.00012), (2, -99900, -0.00099), (3, 0, 0), (4, 'NaN', null);

create view zoo_new.v_invoker with (security_invoker = true, security_barrier) as
select id, note from zoo.guarded;
create table zoo_new.pairs (
    a integer,
    b integer,
    note text,
    primary key (a, b)
);
create table zoo_new.pair_pointers (
    id integer primary key,
    a integer default 0,
    b integer,
    constraint set_one_null foreign key (a, b) references zoo_new.pairs on delete set null (b),
    constraint set_one_default foreign key (a, b) references zoo_new.pairs on delete set default (a)
);
insert into zoo_new.pairs values (0, 1, null), (1, 1, '');
insert into zoo_new.pair_pointers values (1, 1, 1), (2, null, 1);
create unlogged sequence zoo_new.unlogged_numbers start with 5;
select pg_catalog.nextval('zoo_new.unlogged_numbers'::regclass);
create unlogged table zoo_new.unlogged_serial (id serial primary key, n integer);
insert into zoo_new.unlogged_serial (n) values (1), (2);

create function zoo_new.merge_body() returns void
    language sql
    begin atomic
        merge into zoo_new.pairs as p
        using (values (1, 1, 'x')) as v (a, b, note) on p.a = v.a and p.b = v.b
        when matched and p.note is null then update set note = v.note
        when matched then do nothing
        when not matched then insert (a, b, note) values (v.a, v.b, v.note);
    end;

create publication zoo_schema for tables in schema zoo_text, zoo_new with (publish = 'insert');
create publication zoo_filtered for
    table zoo.ruled where (n > 0 and note <> 'it''s'),
    table zoo.targets (a, b),
    table zoo.countries (code) where (code is not null)
    with (publish = 'insert');
create publication zoo_mixed for table zoo.texts, tables in schema zoo_many with (publish = 'insert');
create trigger partitioned_clone after insert on zoo_part.by_two for each row execute function zoo.note_trigger();
alter table zoo_part.by_two_mid enable replica trigger partitioned_clone;

comment on schema public is 'The zoo''s own words about public.'; -- pg_dump before 15 omits it
comment on publication zoo_filtered is 'Rows and columns.';
comment on view zoo_new.v_invoker is 'With the rights of its caller.';

-- 25_defaults.sql: column defaults of all kinds.
--
-- Holds    constants, expressions, functions, sequences; rows that used them
create table zoo.defaults (
    id integer primary key default pg_catalog.nextval('zoo."Odd ""Sequence"" é"'::regclass),
    none integer,
    said_null integer default null,
    number integer default -1,
    sum integer default (1 + 2) * 3,
    price numeric(8, 3) default 1.500,
    tiny float8 default '-0',
    words text default E'it''s "a" \\ b\n$1 %s;',
    empty text default '',
    the_word_null text default 'NULL',
    day date default '2024-02-29',
    moment timestamptz default '2024-01-01 00:00:00.000001+00',
    span interval default '1 mon -1 day +00:00:00.000001',
    feeling zoo.mood default 'ok'::zoo.mood,
    pair zoo.pair default row(1, 'a,b'),
    list integer[] default array[1, null, 3],
    words_list text[] default '{a,"b c",NULL,"NULL"}',
    doc jsonb default '{"a": [1, null, 1.00]}',
    bits bit varying(8) default B'0101',
    raw bytea default '\x005c27',
    range int4range default '[1,5)',
    called text default zoo.slug('Some Words'),
    typed_constant regclass default 'zoo.texts'::regclass,
    chosen text default case when 1 < 2 then 'less' else 'more' end,
    code zoo.code,
    overruled zoo.posint default 9,
    at_run_time text default current_setting('application_name', true)
);
insert into zoo.defaults (at_run_time) values ('fixed'), (null);
alter table zoo.defaults alter column number drop default;
alter table zoo.defaults alter column none set default 77; -- after the rows were written
comment on column zoo.defaults.words is 'A default with everything that needs quoting.';

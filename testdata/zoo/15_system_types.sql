-- 15_system_types.sql: types that PostgreSQL uses internally.
--
-- Holds    oid and its relatives, transaction and log positions, cursors; nothing that depends on the oids of one database
create table zoo.system_kinds (
    id integer primary key,
    number oid,
    place tid,
    command cid,
    old_xid xid,
    wide_xid xid8,
    log pg_lsn,
    old_snapshot txid_snapshot,
    new_snapshot pg_snapshot,
    pointer refcursor,
    short_vector int2vector,
    oid_vector oidvector,
    right_item aclitem,
    right_list aclitem[]
);
insert into zoo.system_kinds values
    (1, 0, '(0,0)', '0', '0', '0', '0/0', '1:1:', '1:1:', '', '', '', null, '{}'),
    (2, 4294967295, '(4294967295,65535)', '4294967295', '4294967295', '18446744073709551615', 'FFFFFFFF/FFFFFFFF',
        '10:20:10,14,15', '10:20:10,14,15', 'a cursor', '1 -2 32767', '1 4294967295', 'pg_monitor=r/pg_monitor',
        '{=r/pg_monitor,pg_monitor=arwdDxt/pg_monitor}'),
    (3, null, null, null, null, null, null, null, null, null, null, null, null, null),
    (4, 2147483648, '(1,2)', '1', '3', '4294967296', '16/B374D848', '12:12:', '4294967300:4294967304:4294967301', 'NULL', '0', '0',
        'pg_monitor=r*/pg_monitor', '{NULL}');

-- 19 writes 0/0 as 0/00000000.
create domain zoo.log_place as pg_lsn;
create type zoo.log_span as range (subtype = pg_lsn);
create type zoo.log_note as (place pg_lsn, note text);
create table zoo.log_places (
    place zoo.log_place,
    places pg_lsn[],
    span zoo.log_span,
    spans zoo.log_span[],
    noted zoo.log_note,
    all_noted zoo.log_note[],
    usual pg_lsn default '0/1'
);
insert into zoo.log_places values
    ('0/0', '{0/0,NULL,16/B374D848}', '[0/0,0/A)', '{"[0/1,)",empty}', '(0/0,zero)', '{"(1/2,a)","(,)"}'),
    (null, '[2:2]={0/1}', 'empty', '{}', null, null),
    ('FFFFFFFF/1', '{{0/1,0/2},{0/3,0/4}}', '(,)', null, '(,)', '{}');
create materialized view zoo.log_view as select place, places, span, noted from zoo.log_places;

create table zoo.names_of_things (
    id integer primary key,
    rel regclass,
    typ regtype,
    func regproc,
    signature regprocedure,
    oper regoper,
    oper_signature regoperator,
    nsp regnamespace,
    coll regcollation,
    who regrole,
    config regconfig,
    dictionary regdictionary
);
insert into zoo.names_of_things values
    (1, 'zoo.texts', 'zoo.mood', 'zoo.is_even', 'zoo.add(integer,integer)', 'zoo.<#', 'zoo.=#(integer,integer)',
        'zoo', 'zoo.plain', 'pg_monitor', 'zoo.words', 'zoo.keep_all'),
    (2, 'pg_catalog.pg_class', 'integer', 'pg_catalog.int4pl', 'pg_catalog.sum(bigint)', 'pg_catalog.||/', 'pg_catalog.+(integer,integer)',
        'pg_catalog', 'pg_catalog."C"', 'pg_read_all_stats', 'pg_catalog.english', 'pg_catalog.simple'),
    (3, null, null, null, null, null, null, null, null, null, null, null),
    (4, '-', '-', '-', '-', '0', '0', '-', '-', '-', '-', '-'),
    (5, 'zoo.names_of_things', 'zoo.label[]', 'zoo.label_in', 'zoo.first_of(anyarray)', 'zoo.!!', 'zoo.!!(none,integer)',
        '"Odd ""Schema"" é"', 'zoo."Odd Collation"', 'pg_monitor', 'zoo.plain_copy', 'zoo."Odd Stem"');

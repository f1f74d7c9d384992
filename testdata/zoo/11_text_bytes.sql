-- 11_text_bytes.sql: every character, byte and bit type with its edges.
--
-- Holds    NULL beside '', characters that COPY escapes, values big enough to be stored out of line
create table zoo.texts (
    id integer primary key,
    free text,
    upto varchar(40),
    padded char(8),
    one "char",
    ident name,
    pinned text collate "C"
);
insert into zoo.texts values
    (1, '', '', '', '', '', ''),
    (2, null, null, null, null, null, null),
    (3, 'NULL', '\N', '\N', 'N', '\N', '\.'),
    (4, ' ', '  ', ' x ', ' ', ' ', E'\t'),
    (5, E'a\tb\nc\rd\be\ff\vg\\h', E'\n', E'a\nb', E'\n', E'a\nb', E'\r\n'),
    (6, E'\\.\n\\.', E'\\', E'\\x41', E'\\', E'\\', E'\\000'),
    (7, 'it''s "quoted" $$ $1 %s %% ; -- /* */', '''', '"', '"', '''', ''';drop'),
    (8, 'é', U&'e\0301', 'ünï', 'z', 'Ünï', 'ß'), -- composed, decomposed
    (9, U&'\2028\FFFE\+01FFFF\+10FFFF\FEFF\200D', U&'\+01F600', '漢字', '~', '漢字', U&'\0001\007F\0080'),
    (10, pg_catalog.repeat('0123456789abcdef', 4096), pg_catalog.repeat('é', 40), 'full len', 'z', pg_catalog.repeat('n', 63)::name, 'A'),
    (11, (select pg_catalog.string_agg(pg_catalog.md5(i::text), E'\n' order by i) from pg_catalog.generate_series(1, 3000) as i),
        'trailing ', 'trail  ', 't', 'trailing ', 'trailing '),
    (12, (select pg_catalog.string_agg(pg_catalog.chr(i), '' order by i) from pg_catalog.generate_series(1, 1023) as i),
        'a', 'a', 'a', 'a', 'a');

create table zoo.bytes (
    id integer primary key,
    raw bytea,
    flags bit(8),
    one_bit bit,
    more_flags bit varying,
    upto_flags bit varying(5)
);
insert into zoo.bytes values
    (1, '', B'00000000', B'0', B'', B''),
    (2, null, null, null, null, null),
    (3, '\x00', B'11111111', B'1', B'1', B'11111'),
    (4, '\xdeadbeef00ff5c4e', X'A5', B'0', X'0123456789ABCDEF', B'00001'),
    (5, (select pg_catalog.decode(pg_catalog.string_agg(pg_catalog.lpad(pg_catalog.to_hex(i), 2, '0'), '' order by i), 'hex')
        from pg_catalog.generate_series(0, 255) as i), B'10000000', B'1', pg_catalog.repeat('10', 500)::bit varying, B'10101'),
    (6, (select pg_catalog.string_agg(pg_catalog.sha256(i::text::bytea), '' order by i)
        from pg_catalog.generate_series(1, 2000) as i), B'00000001', B'0', B'0', B'0');

create table zoo.identities (
    id integer primary key,
    u uuid
);
insert into zoo.identities values
    (1, '00000000-0000-0000-0000-000000000000'),
    (2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
    (3, '{A0EEBC99-9C0B4EF8-BB6D6BB9-BD380A11}'),
    (4, null);

-- No key at all, and duplicate rows: their number matters.
create table zoo.twins (word text, n integer);
insert into zoo.twins
select 'twin', i % 3
from pg_catalog.generate_series(1, 9) as i;
insert into zoo.twins values (null, null), (null, null), ('', null);

-- Tables whose rows hold only NULL or nothing.
create table zoo.no_column ();
insert into zoo.no_column default values;
insert into zoo.no_column default values;
insert into zoo.no_column default values;
create table zoo.no_row (id integer, note text);
create table zoo.only_null (a integer, b text);
insert into zoo.only_null values (null, null), (null, null);

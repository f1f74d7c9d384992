-- 16_made_types.sql: ranges, arrays, composites, enums, domains and base types as columns.
--
-- Holds    values with NULL, '' and 'NULL' next to each other at every depth
create table zoo.ranges (
    id integer primary key,
    ints int4range,
    bigs int8range,
    nums numrange,
    days daterange,
    moments tsrange,
    instants tstzrange,
    floats zoo.floatrange,
    words zoo.textrange
);
insert into zoo.ranges values
    (1, 'empty', 'empty', 'empty', 'empty', 'empty', 'empty', 'empty', 'empty'),
    (2, '(,)', '(,)', '(,)', '(,)', '(,)', '(,)', '(,)', '(,)'),
    (3, '[1,5]', '(1,5)', '[1.0,1.00]', '[2024-01-01,2024-12-31]', '[2024-01-01,2024-01-02)', '[2024-01-01 00:00+00,infinity)',
        '[-0,NaN]', '["",a]'),
    (4, '[-2147483648,2147483647)', '[,9223372036854775807)', '(,NaN]', '[-infinity,infinity]', '[-infinity,infinity)',
        '(-infinity,infinity]', '(-Infinity,Infinity)', E'["a,b","z\\"\\\\("]'),
    (5, null, null, null, null, null, null, null, null),
    (6, '[1,1]', '[1,)', '(1.10,1.1000001)', '(,2024-01-01)', '[2024-01-01 00:00:00.000001,2024-01-01 00:00:00.000001]',
        '[4714-11-24 00:00:00+00 BC,294276-12-31 23:59:59.999999+00]', '[0.1,0.30000000000000004)', '[NULL,NULLS)');

create table zoo.arrays (
    id integer primary key,
    ints integer[],
    words text[],
    fixed integer[3][3],
    moods zoo.mood[],
    pairs zoo.pair[],
    documents jsonb[],
    blobs bytea[],
    labels zoo.label[], -- its delimiter is a semicolon
    boxes box[],
    spans int4range[],
    floats float8[]
);
insert into zoo.arrays values
    (1, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}'),
    (2, null, null, null, null, null, null, null, null, null, null, null),
    (3, '{NULL}', '{NULL,"NULL","",null," ","{}"}', '{{1,2,3},{4,5,6}}', '{sad,NULL,elated}', '{"(1,a)",NULL,"(,)","(2,\"\")"}',
        '{"null",NULL,"{\"a\": [1, 2]}"}', array['\x', null, '\x5c00']::bytea[], '{a;"b;c";NULL;"d,e"}', '{(1,1),(0,0);(2,2),(1,1)}',
        '{empty,"[1,3)",NULL}', '{-0,0,NaN,Infinity,4.94e-324}'),
    (4, '[-2:0]={1,NULL,3}', '[5:5]={five}', '[0:1][-1:0]={{1,2},{3,4}}', '[2:3]={ok,bored}', '[0:0]={"(1,\"a,b\")"}',
        '[3:3]={"1.0"}', '[2:2]={"\\x00"}', '[7:8]={a;b}', '[2:2]={(1,1),(0,0)}', '[0:0]={"(,)"}', '[-1:-1]={1.1}'),
    (5, '{{{1},{2}},{{3},{4}}}', E'{"a\\"b","c\\\\d","e,f","{g}","\t","\n"}', '{{{NULL}}}', '{{sad},{ok}}', '{{"(1,\"x\"\"y\")"}}',
        '{{"[]"}}', '{{"\\xff"}}', '{{"\"";"\\\\"}}', '{{(1,1),(0,0)}}', '{{"[1,2)"}}', '{{1e-310}}');

create table zoo.composites (
    id integer primary key,
    simple zoo.pair,
    deep zoo.nested,
    hollow zoo.no_field,
    worn zoo.worn,
    odd zoo."Odd Type",
    whole_row zoo.dates
);
insert into zoo.composites values
    (1, null, null, null, null, null, null),
    (2, row(null, null), row(null, null, null), row(), row(null, null, null), row(null, null, null), row(null, null, null, null, null, null)),
    (3, row(1, ''), row(row(1, 'a'), array[row(2, null), null]::zoo.pair[], 'happy'), row(), row(1, 'x', 1.50), row(1, 'NULL', true),
        row(1, 'infinity', '-infinity', 'infinity', '2024-01-01', '2024-01-01 00:00+00')),
    (4, row(null, E'quote " back \\ comma , paren ) \t'), row(row(null, '()'), '{}', 'sad'), null, row(2, '', 1.5), row(null, 'é', false), null);

create table zoo.enums_and_domains (
    id integer primary key,
    mood zoo.mood,
    odd zoo.odd_label,
    none zoo.no_label,
    positive zoo.posint,
    small zoo.small_posint,
    code zoo.code,
    list zoo.int_list,
    good zoo.good_pair,
    recent zoo.year,
    many_positive zoo.posint[],
    span zoo.short_range,
    label zoo.label,
    tally zoo.tally
);
insert into zoo.enums_and_domains values
    (1, 'sad', '', null, 1, 999, 'a', '{1,2}', row(1, null), 1999, '{1,NULL,2}', '[1,50]', 'text', '-1'),
    (2, 'bored', 'it''s', null, 2147483647, 1, 'é', '{NULL}', row(2, ''), null, '{}', 'empty', '', '2147483647'),
    (3, 'elated', 'new
line', null, null, null, ' ', null, null, 2100, null, null, null, null),
    (4, 'ok', 'NULL', null, 5, 5, 'NULL', '[3:4]={1,2}', row(1, 'x'), 2001, '{7}', '[0,100)', 'NULL', '0');
create table zoo.domain_defaults (
    id integer primary key,
    p zoo.posint,
    c zoo.code,
    o zoo.odd_default default 'mine'
);
insert into zoo.domain_defaults (id) values (1), (2);

-- 10_numbers.sql: every number type with its edges.
--
-- Holds    integers, numerics, floats and money
create table zoo.integers (
    id integer primary key,
    small smallint,
    whole integer,
    big bigint,
    truth boolean
);
insert into zoo.integers values
    (1, 0, 0, 0, false),
    (2, -32768, -2147483648, -9223372036854775808, true),
    (3, 32767, 2147483647, 9223372036854775807, null),
    (4, null, null, null, null),
    (5, -1, -1, -1, true);

create table zoo.numerics (
    id integer primary key,
    free numeric,
    fixed numeric(12, 4),
    whole numeric(30),
    scale_only numeric(5, 5)
);
insert into zoo.numerics values
    (1, 0, 0, 0, 0),
    (2, 0.0000, 0.0000, -0, 0.00000),
    (3, 1.0, 1.0, 1, 0.99999),
    (4, 1.00, 1.00, 1.00, -0.99999), -- equal to the row above under =, not in its text
    (5, 'NaN', 'NaN', 'NaN', 'NaN'),
    (6, null, null, null, null),
    (7, 1e-16383, 0.0001, 1, 0.00001),
    (8, -1e1000, -99999999.9999, -999999999999999999999999999999, 0),
    (9, 123456789012345678901234567890.123456789012345678901234567890, 1, 1, 0),
    (10, pg_catalog.repeat('9', 131072)::numeric, 99999999.9999, 999999999999999999999999999999, 0),
    (11, 1e131071, null, null, null),
    (12, 1.10, 1.1, 1, 0.1);

create table zoo.floats (
    id integer primary key,
    single real,
    twice double precision
);
insert into zoo.floats values
    (1, 0, 0),
    (2, '-0', '-0'), -- equal to the row above under =
    (3, 'NaN', 'NaN'),
    (4, 'Infinity', 'Infinity'),
    (5, '-Infinity', '-Infinity'),
    (6, '3.4028235e+38', '1.7976931348623157e+308'),
    (7, '-3.4028235e+38', '-1.7976931348623157e+308'),
    (8, '1.1754944e-38', '2.2250738585072014e-308'),
    (9, '1e-45', '4.94e-324'), -- the smallest denormals
    (10, '-1e-45', '-4.94e-324'),
    (11, '1e-40', '1e-310'),
    (12, '0.1', '0.1'),
    (13, '0.3', '0.30000000000000004'),
    (14, '16777217', '9007199254740993'),
    (15, null, null),
    (16, '1e10', '1e22');

create table zoo.monies (
    id integer primary key,
    amount money
);
insert into zoo.monies values
    (1, 0::numeric::money),
    (2, '92233720368547758.07'::numeric::money),
    (3, '-92233720368547758.07'::numeric::money),
    (4, 0.01::numeric::money),
    (5, null);

comment on table zoo.floats is 'Compare the bytes, not the values.';
comment on column zoo.floats.twice is 'Denormals and all.';

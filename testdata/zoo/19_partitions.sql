-- 19_partitions.sql: partitioned tables.
--
-- Holds    range, list and hash, several levels, defaults, expressions, partitions of another shape
create table zoo_part.sales (
    id integer not null,
    sold date not null,
    region text default 'north',
    amount numeric(10, 2) check (amount >= 0)
) partition by range (sold);
create table zoo_part.sales_2023 partition of zoo_part.sales
    for values from ('2023-01-01') to ('2024-01-01');
create table zoo_part.sales_2024 partition of zoo_part.sales (region default 'south', constraint small_2024 check (amount < 1000))
    for values from ('2024-01-01') to ('2025-01-01')
    partition by list (region);
create table zoo_part.sales_2024_ns partition of zoo_part.sales_2024 for values in ('north', 'south', null);
create table zoo_part.sales_2024_rest partition of zoo_part.sales_2024 default;
create table zoo_part.sales_early partition of zoo_part.sales for values from (minvalue) to ('2023-01-01');
create table zoo_part.sales_default partition of zoo_part.sales default;
-- Attached later: other column order, a dropped column in front.
create table zoo_part.sales_2025 (gone integer, amount numeric(10, 2), region text, sold date not null, id integer not null);
alter table zoo_part.sales_2025 drop column gone;
alter table zoo_part.sales_2025 add constraint sales_amount_check check (amount >= 0);
alter table zoo_part.sales attach partition zoo_part.sales_2025 for values from ('2025-01-01') to ('2026-01-01');
alter table zoo_part.sales_2023 add primary key (id, sold);
create index sales_amount on zoo_part.sales (amount);
create index sales_only on only zoo_part.sales (region, sold); -- not valid until every partition has one
create index sales_2023_region on zoo_part.sales_2023 (region, sold);
alter index zoo_part.sales_only attach partition zoo_part.sales_2023_region;
insert into zoo_part.sales
select i, date '2022-06-01' + i * 40, (array['north', 'south', 'east', null])[i % 4 + 1], i * 1.10
from pg_catalog.generate_series(1, 40) as i;
insert into zoo_part.sales values (100, 'infinity', default, 0), (101, '0001-01-01 BC', '', 0.00);

create table zoo_part.by_mood (id integer, mood zoo.mood) partition by hash (mood); -- a restore may put rows into other partitions
create table zoo_part.by_mood_0 partition of zoo_part.by_mood for values with (modulus 3, remainder 0);
create table zoo_part.by_mood_1 partition of zoo_part.by_mood for values with (modulus 3, remainder 1);
create table zoo_part.by_mood_2 partition of zoo_part.by_mood for values with (modulus 3, remainder 2);
insert into zoo_part.by_mood
select i, (pg_catalog.enum_range(null::zoo.mood))[i % 6 + 1]
from pg_catalog.generate_series(1, 30) as i;

create table zoo_part.by_text (k text collate "C", v integer) partition by hash (k);
create table zoo_part.by_text_even partition of zoo_part.by_text for values with (modulus 2, remainder 0);
create table zoo_part.by_text_1of4 partition of zoo_part.by_text for values with (modulus 4, remainder 1);
create table zoo_part.by_text_3of4 partition of zoo_part.by_text for values with (modulus 4, remainder 3);
insert into zoo_part.by_text
select 'key ' || i, i
from pg_catalog.generate_series(1, 40) as i;

create table zoo_part.by_expression (id integer, word text) partition by list (zoo.slug(word));
create table zoo_part.by_expression_a partition of zoo_part.by_expression for values in ('a-a', 'a-b');
create table zoo_part.by_expression_null partition of zoo_part.by_expression for values in (null);
create table zoo_part.by_expression_rest partition of zoo_part.by_expression default;
insert into zoo_part.by_expression values (1, 'A a'), (2, 'a B'), (3, null), (4, ''), (5, 'C');

create table zoo_part.by_two (a integer, b text collate "C", c float8) partition by range (a, b);
create table zoo_part.by_two_low partition of zoo_part.by_two for values from (minvalue, minvalue) to (10, 'm');
create table zoo_part.by_two_mid partition of zoo_part.by_two for values from (10, 'm') to (10, maxvalue);
create table zoo_part.by_two_high partition of zoo_part.by_two for values from (11, minvalue) to (maxvalue, maxvalue);
insert into zoo_part.by_two values (1, 'z', '-0'), (10, 'a', 0), (10, 'm', 'NaN'), (11, '', null), (2147483647, 'z', 1);

create table zoo_part.by_opclass (n integer) partition by range (n zoo.last_digit_btree);
create table zoo_part.by_opclass_low partition of zoo_part.by_opclass for values from (0) to (5);
create table zoo_part.by_opclass_high partition of zoo_part.by_opclass default;
insert into zoo_part.by_opclass values (12), (97), (-1), (null);

create table zoo_part.no_partition (id integer) partition by range (id);
create table zoo_part.was_partition (id integer);
insert into zoo_part.was_partition values (5);
alter table zoo_part.no_partition attach partition zoo_part.was_partition for values from (1) to (10);
alter table zoo_part.no_partition detach partition zoo_part.was_partition;

comment on table zoo_part.sales is 'Two levels and a default.';
comment on index zoo_part.sales_amount is 'One per partition.';

-- row_partition.sql: zoo_part.sales_2024_rest: a row of a partition of a partition.
-- Caught by  tables
update zoo_part.sales
set amount = amount + 0.01
where id = 18;

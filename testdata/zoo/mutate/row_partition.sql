-- row_partition.sql: zoo_part.sales: a row of a partition of a partition, sales_2024_rest.
-- Caught by  tables
update zoo_part.sales
set amount = amount + 0.01
where id = 18;

-- trigger_partition.sql: zoo_part.sales_2023.sales_after: enabled on the one partition where it was not.
-- Caught by  triggers
alter table zoo_part.sales_2023 enable trigger sales_after;

-- table_bounds.sql: zoo_part.by_two_low: narrower bounds for the same rows.
-- Caught by  relations
alter table zoo_part.by_two detach partition zoo_part.by_two_low;
alter table zoo_part.by_two attach partition zoo_part.by_two_low for values from (minvalue, minvalue) to (10, 'l');

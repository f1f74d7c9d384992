-- operator_family.sql: zoo.loose_family: one operator less.
-- Caught by  operator_classes
alter operator family zoo.loose_family using btree drop operator 1 (integer, bigint);

-- built_in_family_function.sql: zoo.grade_hash: another function.
-- Caught by  operator_classes
drop operator class zoo.grade_ops using hash;
create operator class zoo.grade_ops default for type zoo.grade using hash family pg_catalog.integer_ops as
    operator 1 zoo.=?,
    function 1 zoo.grade_hash_twice(zoo.grade);

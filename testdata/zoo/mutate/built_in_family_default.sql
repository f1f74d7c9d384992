-- built_in_family_default.sql: zoo.grade_ops: it is not the default any more.
-- Caught by  operator_classes
drop operator class zoo.grade_ops using hash;
create operator class zoo.grade_ops for type zoo.grade using hash family pg_catalog.integer_ops as
    operator 1 zoo.=?,
    function 1 zoo.grade_hash(zoo.grade);

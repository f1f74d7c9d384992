-- operator_class.sql: zoo.twin_ops: the default of its type.
-- Caught by  operator_classes
drop operator class zoo.twin_ops using zoo_btree;
create operator class zoo.twin_ops default for type integer using zoo_btree family zoo.twin_ops as
    operator 1 pg_catalog.<,
    operator 2 pg_catalog.<=,
    operator 3 pg_catalog.=,
    operator 4 pg_catalog.>=,
    operator 5 pg_catalog.>,
    function 1 pg_catalog.btint4cmp(integer, integer);

-- index_operator_class.sql: zoo.indexed_opclass: the usual operator class.
-- Caught by  indexes
drop index zoo.indexed_opclass;
create index indexed_opclass on zoo.indexed (a, id);

-- index.sql: zoo.indexed_partial_unique: without its predicate.
-- Caught by  indexes
drop index zoo.indexed_partial_unique;
create unique index indexed_partial_unique on zoo.indexed (id, a);

-- index_nulls_needs15.sql: zoo_new.nulls_same_c: nulls are distinct.
-- Caught by  indexes
drop index zoo_new.nulls_same_c;
create unique index nulls_same_c on zoo_new.nulls_same (c) where a > 0;

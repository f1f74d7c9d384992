-- resolved_cast.sql: zoo.v_read: what was read as text before is taken as it is, in the same text.
-- Caught by  resolved, casts
create cast (json as text) without function;
create or replace view zoo.v_read as select v.j::text as t from (values ('{}'::json)) as v (j);

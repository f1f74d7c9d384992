-- policy.sql: zoo.guarded.for_delete: one literal.
-- Caught by  policies
alter policy for_delete on zoo.guarded using (id > 1001);

-- view_option.sql: zoo.v_barrier: security_barrier.
-- Caught by  relations
alter view zoo.v_barrier reset (security_barrier);

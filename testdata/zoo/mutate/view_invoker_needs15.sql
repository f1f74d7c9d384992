-- view_invoker_needs15.sql: zoo_new.v_invoker: with the rights of its owner.
-- Caught by  relations
alter view zoo_new.v_invoker reset (security_invoker);

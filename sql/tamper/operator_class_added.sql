-- operator_class_added.sql: an operator family that was not dumped.
--
-- Who       a superuser
-- Caught by record/invariant/operator_classes
create operator family public.smuggled using btree;

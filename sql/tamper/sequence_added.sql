-- sequence_added.sql: a sequence that was not dumped.
--
-- Who       anyone who may create objects in the database
-- Caught by record/invariant/sequences
create sequence public.smuggled;

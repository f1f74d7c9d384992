-- sequence_definition.sql: a sequence that was not dumped, caught by its definition.
--
-- Who       anyone who may create objects in the database
-- Caught by record/invariant/sequence_definitions
create sequence public.smuggled increment by 2;

-- sequence.sql: zoo.set_called: one step on.
-- Caught by  sequences
select pg_catalog.setval('zoo.set_called', 45);

-- sequence_called.sql: zoo.set_not_called: the same number, but already given out.
-- Caught by  sequences
select pg_catalog.setval('zoo.set_not_called', 42, true);

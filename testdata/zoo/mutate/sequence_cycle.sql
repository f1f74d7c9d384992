-- sequence_cycle.sql: zoo.turning: no longer turns round.
-- Caught by  sequence_definitions, sequences
alter sequence zoo.turning no cycle;

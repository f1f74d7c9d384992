-- sequence_increment.sql: zoo.odd_steps: other steps.
-- Caught by  sequence_definitions
alter sequence zoo.odd_steps increment by -4;

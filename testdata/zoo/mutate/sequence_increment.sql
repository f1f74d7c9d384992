-- sequence_increment.sql: zoo.never_called: other steps.
-- Caught by  sequence_definitions
alter sequence zoo.never_called increment by 4;

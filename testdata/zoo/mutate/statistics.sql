-- statistics.sql: zoo.s_ndistinct: its target.
-- Caught by  statistics
alter statistics zoo.s_ndistinct set statistics 251;

-- enum.sql: zoo.traffic_light: a value more.
-- Caught by  types
alter type zoo.traffic_light add value 'blue' before 'amber';

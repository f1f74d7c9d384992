-- enum_label.sql: zoo.traffic_light: a value with another name.
-- Caught by  types
alter type zoo.traffic_light rename value 'amber' to 'yellow';

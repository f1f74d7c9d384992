-- composite.sql: zoo.no_field: a field.
-- Caught by  types, tables
alter type zoo.no_field add attribute one integer;

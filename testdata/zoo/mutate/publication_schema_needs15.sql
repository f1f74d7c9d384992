-- publication_schema_needs15.sql: zoo_schema: one schema less.
-- Caught by  publications
alter publication zoo_schema drop tables in schema zoo_text;

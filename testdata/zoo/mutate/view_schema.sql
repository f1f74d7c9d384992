-- view_schema.sql: zoo.v_table_like_schema: PostgreSQL's own function, where the schema has the name of the table.
-- Caught by  views
create or replace view zoo.v_table_like_schema as
select upper(b) as word, '(VALUES (1))' as text, '-  --' as dashes from zoo.zoo;

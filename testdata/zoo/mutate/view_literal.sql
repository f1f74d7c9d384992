-- view_literal.sql: zoo.v_table_like_schema: a blank in a literal that looks like SQL.
-- Caught by  views
create or replace view zoo.v_table_like_schema as
select zoo.upper(b) as word, '( VALUES (1))' as text, '-  --' as dashes from zoo.zoo;

-- view_json_table_needs17.sql: zoo_new.v_at_local: a moment.
-- Caught by  views
create or replace view zoo_new.v_at_local as
select timestamptz '2024-01-01 00:00:01+00' at local as here;

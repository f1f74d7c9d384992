-- materialized_view_query.sql: zoo.m_values: its query, with the same rows.
-- Caught by  views, privileges
drop materialized view zoo.m_values;
create materialized view zoo.m_values as
select id, twice, single from zoo.floats where id > 0;

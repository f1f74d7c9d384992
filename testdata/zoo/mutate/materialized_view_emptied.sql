-- materialized_view_emptied.sql: zoo.m_plain: emptied.
-- Caught by  materialized_views
refresh materialized view zoo.m_plain with no data;

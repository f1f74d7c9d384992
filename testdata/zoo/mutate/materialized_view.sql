-- materialized_view.sql: zoo.m_no_data: filled, though it was dumped empty.
-- Caught by  materialized_views
refresh materialized view zoo.m_no_data;

-- owner_public.sql: public: another owner
-- Caught by  privileges
alter schema public owner to pg_monitor;

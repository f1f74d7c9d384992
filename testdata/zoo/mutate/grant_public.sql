-- grant_public.sql: public: everybody may do anything in it
-- Caught by  privileges
grant all on schema public to pg_monitor;

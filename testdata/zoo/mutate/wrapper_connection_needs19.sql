-- wrapper_connection_needs19.sql: zoo_offers: gives no connections any more.
-- Caught by  foreign_servers
alter foreign data wrapper zoo_offers no connection;

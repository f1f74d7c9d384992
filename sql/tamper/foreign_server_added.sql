-- foreign_server_added.sql: a foreign server that was not dumped.
--
-- Who       a superuser
-- Caught by record/invariant/foreign_servers
create foreign data wrapper smuggled;

create server smuggled foreign data wrapper smuggled;

-- extension.sql: tsm_system_rows: one that was not in the dump.
-- Caught by  extensions
create extension tsm_system_rows schema zoo_ext;
comment on extension tsm_system_rows is null;

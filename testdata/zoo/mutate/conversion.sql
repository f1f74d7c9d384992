-- conversion.sql: zoo.latin1_out: the default now.
-- Caught by  conversions
drop conversion zoo.latin1_out;
create default conversion zoo.latin1_out for 'UTF8' to 'LATIN1' from pg_catalog.utf8_to_iso8859_1;

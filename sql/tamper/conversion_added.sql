-- conversion_added.sql: a conversion that was not dumped.
--
-- Who       anyone who may create objects in the database
-- Caught by record/invariant/conversions
create conversion public.smuggled for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;

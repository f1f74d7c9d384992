-- publication_added.sql: a publication that was not dumped.
--
-- Who       the table's owner, with create on the database
-- Caught by record/invariant/publications
create publication smuggled for table public.audit_events;

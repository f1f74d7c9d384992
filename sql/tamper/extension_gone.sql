-- extension_gone.sql: an extension that was dumped is gone.
--
-- Who       a superuser
-- Caught by record/invariant/extensions
drop extension plpgsql cascade;

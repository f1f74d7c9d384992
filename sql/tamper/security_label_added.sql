-- security_label_added.sql: a security label that was not dumped.
--
-- Who       a superuser, writing to the catalog
-- Caught by record/invariant/security_labels
insert into pg_seclabel (objoid, classoid, objsubid, provider, label)
values ('public.audit_events'::regclass, 'pg_class'::regclass, 0, 'smuggled', 'secret');

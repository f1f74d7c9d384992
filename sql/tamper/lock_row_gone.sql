-- lock_row_gone.sql: the row that writers lock is gone: the next event is refused.
--
-- Who       the lock table's owner
-- Caught by record/invariant/tables, probe/writers_wait
delete from public.audit_chain_lock;

-- writers_wait.sql: two concurrent writers still wait for each other.
--
-- Does     inserts an event and reads the lock row: this transaction must have written it, so that
--          any other writer waits for its end, and one with a stale snapshot gets 40001
-- Prints   fault text: what does not hold
-- Healthy  no rows
do $$
begin
    insert into public.audit_events (id, actor, actor_type, action, resource_type, resource_id)
    values ('probe-lock', 'probe', 'service', 'probe.lock', 'probe', 'lock');
exception
    when others then
        null; -- chain_continues.sql reports that; here the lock row will turn out to be unchanged
end
$$;

select 'an insert leaves the lock row as it was: writers do not wait for each other' as fault
where not exists (
    select
    from public.audit_chain_lock
    where age(xmin) <= age(pg_current_xact_id()::xid) -- written by this transaction, not by an earlier one
);

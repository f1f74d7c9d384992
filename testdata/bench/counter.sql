-- counter.sql: a trigger that only numbers the rows: what an append to the same table costs without
-- a chain.
--
-- Builds   public.audit_counter, public.audit_events_count() and its trigger, instead of
--          chain_insert.sql
-- Why      writers wait for each other here as well, for the counter's row. The hashes are
--          constants: the table's constraints require them, and rows are as wide as in a chain
create table public.audit_counter (n bigint not null);

insert into public.audit_counter values (0);

create function public.audit_events_count() returns trigger
language plpgsql
as $$
begin
    update public.audit_counter set n = n + 1 returning n into new.seq;
    if new.seq > 1 then
        new.prev_hash := '0000000000000000000000000000000000000000000000000000000000000000';
    end if;
    new.row_hash := '0000000000000000000000000000000000000000000000000000000000000000';
    return new;
end
$$;

create trigger audit_events_count
before insert on public.audit_events
for each row execute function public.audit_events_count();

-- snapshot.sql: how long the chain is and where it ends.
--
-- Reads    public.audit_events
-- Prints   row_count bigint, chain_head_hash text; one row
-- Healthy  the same before and after. A lost tail, an emptied table and a chain rewritten from the
--          start all verify clean: only a head that was kept elsewhere gives them away
select
    (select count(*) from public.audit_events) as row_count,
    (
        select row_hash
        from public.audit_events
        order by seq desc
        limit 1
    ) as chain_head_hash;

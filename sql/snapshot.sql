-- snapshot.sql: the length of the chain and the hash at its end.
--
-- Reads    public.audit_events
-- Prints   row_count bigint, chain_head_hash text; one row
-- Healthy  the same before and after. A chain that lost its tail, was emptied, or was rewritten
--          from the start still verifies clean: only a head that was kept elsewhere reveals it
-- Settings pgroundtrip.after_pos: rows up to there are taken as already counted, so that the cost
--          grows with the new rows only; pgroundtrip.upto_pos: rows after it are ignored; unset
--          means no limit
with setting as (
    select
        nullif(current_setting('pgroundtrip.after_pos', true), '')::bigint as after_pos,
        nullif(current_setting('pgroundtrip.upto_pos', true), '')::bigint as upto_pos
)
select
    case when coalesce(after_pos, upto_pos) is null then (select count(*) from public.audit_events)
    else coalesce(after_pos + 1, 0) + (
        select count(*)
        from public.audit_events
        where seq >= coalesce(after_pos + 2, -9223372036854775808)
            and seq <= coalesce(upto_pos + 1, 9223372036854775807)
    ) end as row_count,
    (
        select row_hash
        from public.audit_events
        where seq <= coalesce(upto_pos + 1, 9223372036854775807)
        order by seq desc
        limit 1
    ) as chain_head_hash
from setting;

-- snapshot.sql: how long the chain is and where it ends.
--
-- Reads    public.audit_events
-- Prints   row_count bigint, chain_head_hash text; one row
-- Healthy  the same before and after. A lost tail, an emptied table and a chain rewritten from the
--          start all verify clean: only a head that was kept elsewhere gives them away
-- Settings pgroundtrip.after_pos and pgroundtrip.upto_pos: the rows up to after_pos are taken as
--          counted (so that the cost follows what is new), those after upto_pos do not exist; all
--          when unset
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

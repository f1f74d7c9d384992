-- chain_breaks.sql: every break of the chain.
--
-- Reads    public.audit_events
-- Prints   break_pos bigint, break_id text, break_class text, break_reason text; in chain order
-- Healthy  no rows
-- Settings pgroundtrip.after_pos and pgroundtrip.upto_pos, as in verify_chain.sql
-- Classes  order: seq does not increase, or starts below 1; gap: rows are missing before this one;
--          link: prev_hash is not the row_hash of the row before; content: row_hash is not the
--          SHA-256 of the payload. A row is listed once, under the first class that applies
--
-- The first row is the break that verify_chain.sql names. That file runs every night and is
-- optimised for speed; this one runs only after a break was found. It sorts by more than seq, so
-- that rows with the same seq have a fixed order.
with setting as (
    select
        nullif(current_setting('pgroundtrip.after_pos', true), '')::bigint as after_pos,
        nullif(current_setting('pgroundtrip.upto_pos', true), '')::bigint as upto_pos
),
bound as (
    select
        (select max(seq) from public.audit_events where seq <= after_pos + 1) as anchor_seq,
        coalesce(after_pos + 1, 0) as first_pos,
        coalesce(after_pos + 2, -9223372036854775808) as first_seq,
        coalesce(upto_pos + 1, 9223372036854775807) as last_seq
    from setting
),
walk as (
    select
        seq,
        id,
        coalesce(lag(seq) over chain, 0)::numeric + 1 as expected_seq,
        prev_hash is not distinct from lag(row_hash) over chain as is_linked,
        encode(sha256(convert_to(format(
            'audit_events/1 seq=%s prev_hash=%L id=%L actor=%L actor_type=%L action=%L'
            ' resource_type=%L resource_id=%L event_category=%L timestamp=%s details=%s',
            seq, prev_hash, id, actor, actor_type, action,
            resource_type, resource_id, event_category,
            to_char("timestamp" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            details
        ), 'UTF8')), 'hex') = row_hash collate "C" as is_true_hash
    from public.audit_events
    where seq >= coalesce((select anchor_seq from bound), (select first_seq from bound))
        and seq <= (select last_seq from bound)
    window chain as (order by seq, row_hash collate "C", id collate "C")
),
judged as (
    select
        (select first_pos from bound) + row_number() over (order by seq) - 1 as pos,
        seq,
        id,
        case
            when seq < expected_seq then array['order', 'expected seq ' || expected_seq || ', found ' || seq]
            when (seq = expected_seq) is not true then array['gap', 'expected seq ' || expected_seq || ', found ' || seq]
            when is_linked is not true then array['link', 'prev_hash is not the row_hash before it']
            when is_true_hash is not true then array['content', 'row_hash is not the SHA-256 of the payload']
        end as fault
    from walk
    where seq >= (select first_seq from bound)
)
select
    pos as break_pos,
    id as break_id,
    fault[1] as break_class,
    fault[1] || ': ' || fault[2] as break_reason
from judged
where fault is not null
order by pos;

-- verify_chain.sql: walk the chain and find its first break.
--
-- Reads    public.audit_events
-- Prints   first_break_id text, first_break_pos bigint, first_break_reason text,
--          verifier_walked bigint; one row
-- Healthy  first_break_* are null. Positions count from 0 in chain order; verifier_walked is every
--          row looked at, also behind a break. chain_breaks.sql lists every break
-- Settings pgroundtrip.after_pos and pgroundtrip.upto_pos: only the positions after the one and up
--          to the other (position 0 is seq 1); all when unset. The last row at or before after_pos
--          is read as the anchor that the next one must link to, but not judged: so the answers
--          for the parts of a chain, the first break taken, are the answer for the whole
--
-- One pass in the order of the primary key. "offset 0" has each row hashed before the window copies
-- it, and only what links rows is copied: 1.2 times the bare hashing of every row, 1.3 without it.
-- A sort by more than seq, and lag() with a default, cost 8 and 4 hundredths more.
--
-- Nothing in it comes out of the archive: sha256, format and to_char are the server's own. Each
-- comparison is written so that unknown is a break.
with setting as (
    select
        nullif(current_setting('pgroundtrip.after_pos', true), '')::bigint as after_pos,
        nullif(current_setting('pgroundtrip.upto_pos', true), '')::bigint as upto_pos
),
bound as (
    select
        (select max(seq) from public.audit_events where seq <= after_pos + 1) as anchor_seq,
        -- Without after_pos also what lies before 1: it is a break.
        coalesce(after_pos + 2, -9223372036854775808) as first_seq,
        coalesce(upto_pos + 1, 9223372036854775807) as last_seq
    from setting
),
hashed as (
    select
        seq,
        prev_hash,
        row_hash,
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
    order by seq
    offset 0
),
walk as (
    select
        seq,
        coalesce((select anchor_seq from bound), 1) + row_number() over chain - 1 as expected_seq,
        prev_hash is not distinct from lag(row_hash) over chain as is_linked,
        is_true_hash
    from hashed
    window chain as (order by seq)
),
verdict as (
    -- The smallest position, with what belongs to it, in the same pass. Below 0 only what an
    -- earlier range has found a break in already.
    select
        min(array[lpad(greatest(expected_seq - 1, 0)::text, 19, '0'), seq::text, case
            when seq < expected_seq then 'order: expected seq ' || expected_seq || ', found ' || seq
            when (seq = expected_seq) is not true
                then 'gap: expected seq ' || expected_seq || ', found ' || seq
            when is_linked is not true then 'link: prev_hash is not the row_hash before it'
            else 'content: row_hash is not the SHA-256 of the payload'
        end]) filter (where (seq = expected_seq and is_linked and is_true_hash) is not true) as first_break,
        count(*) as walked
    from walk
    where seq >= (select first_seq from bound)
)
select
    (select max(id collate "C") from public.audit_events where seq = first_break[2]::bigint) as first_break_id,
    first_break[1]::bigint as first_break_pos,
    first_break[3] as first_break_reason,
    walked as verifier_walked
from verdict;

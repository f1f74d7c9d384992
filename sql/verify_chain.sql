-- verify_chain.sql: walk the chain and find its first break.
--
-- Reads    public.audit_events
-- Prints   first_break_id text, first_break_pos bigint, first_break_reason text,
--          verifier_walked bigint; one row
-- Healthy  first_break_* are null. Positions count from 0 in chain order; verifier_walked is every
--          row looked at, also behind a break
-- Settings pgroundtrip.after_pos and pgroundtrip.upto_pos: only the positions after the one and up
--          to the other (position 0 is seq 1); all when unset. The row at after_pos is read as the
--          anchor that the next one must link to, but not judged
--
-- One pass in the order of the primary key. Nothing in it comes out of the archive: sha256, format
-- and to_char are the server's own. Each comparison is written so that unknown is a break.
with setting as (
    select
        nullif(current_setting('pgroundtrip.after_pos', true), '')::bigint as after_pos,
        nullif(current_setting('pgroundtrip.upto_pos', true), '')::bigint as upto_pos
),
bound as (
    select
        coalesce(after_pos, -1) + 1 as after_seq,
        -- Without after_pos also what lies before 1: it is a break.
        coalesce(after_pos + 2, -9223372036854775808) as first_seq,
        coalesce(upto_pos + 1, 9223372036854775807) as last_seq,
        (select max(row_hash) from public.audit_events where seq = after_pos + 1) as anchor
    from setting
),
walk as (
    select
        seq,
        id,
        (select after_seq from bound) + row_number() over chain - 1 as pos,
        lag(seq, 1, (select after_seq from bound)) over chain as seq_before,
        prev_hash is not distinct from lag(row_hash, 1, (select anchor from bound)) over chain as is_linked,
        encode(sha256(convert_to(format(
            'audit_events/1 seq=%s prev_hash=%L id=%L actor=%L actor_type=%L action=%L'
            ' resource_type=%L resource_id=%L event_category=%L timestamp=%s details=%s',
            seq, prev_hash, id, actor, actor_type, action,
            resource_type, resource_id, event_category,
            to_char("timestamp" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            details
        ), 'UTF8')), 'hex') = row_hash collate "C" as is_true_hash
    from public.audit_events
    where seq >= (select first_seq from bound)
        and seq <= (select last_seq from bound)
    window chain as (order by seq)
),
judged as (
    select
        id,
        pos,
        case
            when (seq = seq_before + 1) is not true
                then 'gap: expected seq ' || seq_before + 1 || ', found ' || coalesce(seq::text, 'null')
            when is_linked is not true then 'link: prev_hash is not the row_hash before it'
            when is_true_hash is not true then 'content: row_hash is not the SHA-256 of the payload'
        end as reason
    from walk
),
verdict as (
    -- The smallest position, with what belongs to it, in the same pass.
    select
        min(array[lpad(pos::text, 19, '0'), id, reason]) filter (where reason is not null) as first_break,
        count(*) as walked
    from judged
)
select
    first_break[2] as first_break_id,
    first_break[1]::bigint as first_break_pos,
    first_break[3] as first_break_reason,
    walked as verifier_walked
from verdict;

-- verify_chain.sql: walk the chain and find its first break.
--
-- Reads    public.audit_events
-- Prints   first_break_id text, first_break_pos bigint, first_break_reason text,
--          verifier_walked bigint; one row
-- Healthy  first_break_* are null. Positions count from 0 in chain order; verifier_walked counts
--          every row that was read, also after a break. chain_breaks.sql lists every break
-- Settings pgroundtrip.after_pos and pgroundtrip.upto_pos limit the walk to the positions above
--          the first, up to and including the second (position 0 is seq 1); unset means no limit.
--          The last row at or before after_pos is read as the anchor that the next row must link
--          to, but is not judged. So the first break over the parts of a chain is the first break
--          of the whole.
--          pgroundtrip.row_hashes: if it is 'wanted', the query leaves the hashes that it read in
--          pgroundtrip.row_hashes_1, _2 and so on, in chain order, separated by '|', and the
--          number of these settings in pgroundtrip.row_hashes. verify -tree builds its Merkle tree
--          from them: reading the hashes again would add a quarter to the time, and one long value
--          would be copied page by page
--
-- One pass in primary key order, in blocks. A block is intact if each row has its true hash, the
-- seqs are consecutive, and the list of its prev_hashes is the list of row_hashes shifted by one
-- row. Comparing lists costs 1.1 times the bare hashing of every row; lag() over a window, which
-- copies each row, 1.2 to 1.4. Only the first block that is not intact is read row by row. Lists
-- of 500 fit in the processor's cache; without an index each block would read the whole table.
--
-- Nothing here comes out of the archive: sha256, format and to_char are built in. Each comparison
-- is written so that unknown counts as a break. A list of n hashes joined by '|' is unambiguous:
-- true hashes contain no '|', and prev_hashes are counted, so that none can be null.
with recursive setting as (
    select
        nullif(current_setting('pgroundtrip.after_pos', true), '')::bigint as after_pos,
        coalesce(nullif(current_setting('pgroundtrip.upto_pos', true), '')::bigint + 1, 9223372036854775807) as last_seq,
        case when exists (
            select
            from pg_index
            join pg_attribute on attrelid = indrelid and attnum = indkey[0] and attname = 'seq'
            where indrelid = 'public.audit_events'::regclass and indisvalid and indpred is null
        ) then 500 else 100000 end as block_rows,
        current_setting('pgroundtrip.row_hashes', true) = 'wanted' as keeps_hashes
),
block as (
    -- Block 0 precedes the first: the anchor. Without after_pos it also holds the rows before
    -- seq 1, each of which is a break.
    select
        0 as block, null::bigint as from_seq, null::bigint as to_seq, null::bigint as expected_seq,
        null::text as hash_before, null::text[] as false_rows, 0::bigint as walked, null::boolean as is_kept, true as is_whole,
        coalesce(after_pos + 2, -9223372036854775808) as next_seq,
        coalesce(anchor.seq, 0) + 1 as next_expected_seq,
        anchor.row_hash as last_hash
    from setting
    left join lateral (
        select seq, row_hash from public.audit_events where seq <= after_pos + 1 order by seq desc limit 1
    ) as anchor on true
    union all
    select
        block.block + 1, block.next_seq, list.seqs[n], block.next_expected_seq,
        block.last_hash, list.false_rows, n,
        case when (select keeps_hashes from setting) then
            set_config('pgroundtrip.row_hashes_' || block.block + 1, list.row_hashes, true) <> ''
        end, (
            seqs[1] = block.next_expected_seq
            and case when seqs[n]::numeric - seqs[1] = n - 1 then seqs = array(select generate_series(seqs[1], seqs[n])) end
            and concat(prev_hashes, '|', tail.row_hash) = concat(block.last_hash, '|', row_hashes) collate "C"
            and prev_hash_count = n - (block.last_hash is null)::int
            and list.false_rows is null
        ) is true,
        nullif(seqs[n], 9223372036854775807) + 1,
        nullif(seqs[n], 9223372036854775807) + 1,
        tail.row_hash
    from block
    cross join lateral (
        select
            count(*) as n,
            array_agg(seq) as seqs,
            string_agg(coalesce(prev_hash, ''), '|') as prev_hashes,
            count(prev_hash) as prev_hash_count,
            string_agg(row_hash, '|') as row_hashes,
            array_agg(seq || ' ' || id) filter (where is_true_hash is not true) as false_rows
        from (
            select
                seq,
                id,
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
            where seq >= block.next_seq and seq <= (select last_seq from setting)
            order by seq
            fetch first (select block_rows from setting) rows with ties
        ) as event
    ) as list
    cross join lateral (
        select row_hash from public.audit_events where seq = seqs[n] limit 1
    ) as tail
),
kept as ( -- one row, even for an empty chain
    select
        coalesce(sum(walked), 0)::bigint as walked,
        case when (select keeps_hashes from setting) then
            set_config('pgroundtrip.row_hashes', max(block)::text, true) = '0'
        end as has_none -- set_config is volatile, so it is always evaluated
    from block
),
walk as (
    select
        event.id,
        event.seq,
        expected_seq::numeric + row_number() over chain - 1 as expected_seq,
        event.prev_hash is not distinct from lag(event.row_hash, 1, hash_before) over chain as is_linked,
        event.seq || ' ' || event.id = any (false_rows) as is_false
    from (select * from block where not is_whole order by block limit 1) as broken
    join public.audit_events as event on event.seq >= from_seq and event.seq <= to_seq
    window chain as (order by event.seq, event.row_hash collate "C", event.id collate "C")
)
select
    id as first_break_id,
    pos as first_break_pos,
    reason as first_break_reason,
    walked as verifier_walked
from kept
left join (
    -- Below position 0 are only rows that an earlier range has reported as a break.
    select id, greatest(expected_seq - 1, 0)::bigint as pos, case
        when seq < expected_seq then 'order: expected seq ' || expected_seq || ', found ' || seq
        when seq > expected_seq then 'gap: expected seq ' || expected_seq || ', found ' || seq
        when is_linked is not true then 'link: prev_hash is not the row_hash before it'
        else 'content: row_hash is not the SHA-256 of the payload'
    end as reason
    from walk
    where seq <> expected_seq or is_linked is not true or is_false is true
    order by expected_seq
    limit 1
) as first_break on true;

-- canonical_payload.sql: the text that each row's hash covers, and the hash that the row carries.
--
-- Reads    public.audit_events
-- Prints   seq bigint, id text, payload text, row_hash text; in chain order
-- Healthy  row_hash is the SHA-256 of the payload in UTF-8, as 64 lower-case hex digits; anyone
--          can recompute it: printf %s "$payload" | sha256sum
-- Settings pgroundtrip.after_pos and pgroundtrip.upto_pos limit the query to the positions above
--          the first, up to and including the second (position 0 is seq 1); unset means no limit
--
-- The payload is a list of SQL literals, as in chain_insert.sql; its first two words are its
-- version. A change of the payload changes every golden, and so shows up in review.
select
    seq,
    id,
    format(
        'audit_events/1 seq=%s prev_hash=%L id=%L actor=%L actor_type=%L action=%L'
        ' resource_type=%L resource_id=%L event_category=%L timestamp=%s details=%s',
        seq, prev_hash, id, actor, actor_type, action,
        resource_type, resource_id, event_category,
        to_char("timestamp" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        details
    ) as payload,
    row_hash
from public.audit_events
where seq >= coalesce(nullif(current_setting('pgroundtrip.after_pos', true), '')::bigint + 2, -9223372036854775808)
    and seq <= coalesce(nullif(current_setting('pgroundtrip.upto_pos', true), '')::bigint + 1, 9223372036854775807)
order by seq, id collate "C", row_hash collate "C";

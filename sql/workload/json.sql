-- json.sql: JSON whose text, order, numbers or escapes could change.
--
-- Inserts  one event per document, in details; named in id
-- Golden   every payload shows the document as jsonb prints it
insert into public.audit_events
    (id, actor, actor_type, action, resource_type, resource_id, details, "timestamp")
select
    id, 'alice', 'user', 'json.' || id, 'document', id, document::jsonb,
    timestamptz '2026-04-01 00:00:00+00' + n * interval '1 second'
from (
    values
        (1, 'key-order', '{"b": 1, "aa": 2, "a": 3, "B": 4, "": 5}'),
        (2, 'duplicate-keys', '{"a": 1, "a": 2}'),
        (3, 'one', '{"n": 1}'),
        (4, 'one-point-zero', '{"n": 1.0}'),
        (5, 'one-point-zero-zero', '{"n": 1.00}'),
        (6, 'one-hundred', '{"n": 100}'),
        (7, 'one-e-two', '{"n": 1e2}'),
        (8, 'minus-zero', '{"n": -0, "m": -0.0}'),
        (9, 'beyond-64-bits', '{"n": 18446744073709551617, "m": -9223372036854775809}'),
        (10, 'beyond-double', '{"n": 1e400, "m": 0.1000000000000000055511151231257827021181583404541015625}'),
        (11, 'tiny', '{"n": 1e-20}'),
        (12, 'escapes', '{"s": "\" \\ \/ \b \f \n \r \t \u0001 \u001f \u007f"}'),
        (13, 'unicode', '{"s": "\u00e9 \ud83d\udd12 \u2028", "\u00e9": "key"}'),
        (14, 'copy-hazards', '{"s": "\\N \\. \t|"}'),
        (15, 'single-quotes', '{"it''s": "O''Brien"}'),
        (16, 'empty-object', '{}'),
        (17, 'empty-array', '[]'),
        (18, 'json-null', 'null'),
        (19, 'null-inside', '{"a": null, "b": [null, "null"]}'),
        (20, 'scalar-string', '"text"'),
        (21, 'scalar-number', '-1.50'),
        (22, 'scalar-true', 'true'),
        (23, 'blanks-between', E' {\n\t"a" : [ 1 , 2 ] }\r\n'),
        (24, 'array-order', '[3, 1, 2, "b", "a", {"z": 1, "y": []}]'),
        (25, 'deep-arrays', repeat('[', 500) || repeat(']', 500)),
        (26, 'deep-objects', repeat('{"a": ', 200) || '1' || repeat('}', 200))
) as hazard (n, id, document)
order by n;

-- 64 KiB in one string, and in many keys: stored out of line.
insert into public.audit_events
    (id, actor, actor_type, action, resource_type, resource_id, details, "timestamp")
values
    (
        '64-kib-string', 'alice', 'user', 'json.long', 'document', '64-kib-string',
        jsonb_build_object('s', repeat(U&'json "\00E9" \005C ', 5120)), '2026-04-01 01:00:00+00'
    ),
    (
        '64-kib-keys', 'alice', 'user', 'json.long', 'document', '64-kib-keys',
        (select jsonb_object_agg('key-' || n, md5(n::text)) from generate_series(1, 1500) as n),
        '2026-04-01 01:00:01+00'
    );

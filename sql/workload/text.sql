-- text.sql: text that a dump, a shell, a COPY stream or a careless payload could change.
--
-- Inserts  one event per hazard; the hazard is in resource_id, its name in id
-- Golden   every payload must keep every byte
insert into public.audit_events
    (id, actor, actor_type, action, resource_type, resource_id, details, "timestamp")
select
    id, actor, 'user', action, 'text', value, jsonb_build_object('value', value),
    timestamptz '2026-02-01 00:00:00+00' + n * interval '1 second'
from (
    values
        (1, 'pipe-1', 'a|b', 'c', 'a|b|c'),
        -- The same letters with another field boundary: two payloads, two hashes.
        (2, 'pipe-2', 'a', 'b|c', 'a|b|c'),
        (3, 'tab', E'a\tb', 'text.tab', E'\tleading and trailing\t'),
        (4, 'newline', 'alice', 'text.newline', E'one\ntwo\n'),
        (5, 'carriage-return', 'alice', 'text.cr', E'one\rtwo\r\nthree\r'),
        (6, 'end-of-copy', 'alice', 'text.copy', E'\\.'),
        (7, 'end-of-copy-line', 'alice', 'text.copy', E'before\n\\.\nafter'),
        (8, 'null-of-copy', 'alice', 'text.copy', E'\\N'),
        (9, 'the-word-null', 'NULL', 'text.null', 'NULL'),
        (10, 'single-quote', 'O''Brien', 'text.quote', ''' or ''''='''),
        (11, 'double-quote', 'a "b" c', 'text.quote', '"'),
        (12, 'dollar-quote', '$$', 'text.quote', '$a$ $a$'),
        (13, 'backslash', 'a\b', 'text.backslash', E'\\ \\\\ \\n \\t \\x41'),
        (14, 'percent', '%s %L %', 'text.percent', '%n%1$s'),
        (15, 'empty', '', '', ''),
        (16, 'blanks', '  alice', 'text.blank  ', '   '),
        (17, 'no-break-space', U&'\00A0', 'text.blank', U&'a\00A0b\3000c'),
        (18, 'emoji', U&'\+01F512', 'text.unicode', U&'\+01F469\200D\+01F4BB\+01F3FD'),
        (19, 'precomposed', U&'Ren\00E9', 'text.unicode', U&'\00C5'),
        (20, 'combining', U&'Rene\0301', 'text.unicode', U&'A\030A'),
        (21, 'angstrom-sign', U&'\212B', 'text.unicode', U&'\212B'),
        (22, 'right-to-left', U&'\05E9\05DC\05D5\05DD', 'text.unicode', U&'\0645\0631\062D\0628\0627 \202Eabc\202C'),
        (23, 'line-separator', 'alice', 'text.unicode', U&'a\2028b\2029c'),
        (24, 'next-line', 'alice', 'text.unicode', U&'a\0085b'),
        (25, 'byte-order-mark', U&'\FEFFalice', 'text.unicode', U&'\FEFF'),
        (26, 'noncharacters', 'alice', 'text.unicode', U&'\FFFE\FFFF\+01FFFF\+10FFFF'),
        (27, 'controls', 'alice', 'text.control', E'\x01\x07\x08\x0b\x0c\x1b[31mred\x1b[0m\x1f\x7f'),
        (28, 'turkish-i', U&'\0130I\0131i', 'text.unicode', U&'stra\00DFe STRASSE'),
        (29, 'sql-comment', '-- alice', 'text.sql', '/* */ ; drop table audit_events; --'),
        (30, 'xml', '<alice/>', 'text.xml', '<![CDATA[ & ]]> &amp; &#0;'),
        (31, 'csv', 'a,b;c', 'text.csv', '"a","b'),
        (32, 'statement-in-copy', 'alice', 'text.copy', E'x\nCOPY public.t FROM stdin;\n-- PostgreSQL database dump complete\n')
) as hazard (n, id, actor, action, value)
order by n;

-- Larger than a page: stored out of line, compressed and uncompressed.
insert into public.audit_events
    (id, actor, actor_type, action, resource_type, resource_id, "timestamp")
values
    ('64-kib-compressible', 'alice', 'user', 'text.long', 'text', repeat('abcdefgh', 8192), '2026-02-01 01:00:00+00'),
    (
        '64-kib-incompressible', 'alice', 'user', 'text.long', 'text',
        (select string_agg(md5(n::text), '' order by n) from generate_series(1, 2048) as n),
        '2026-02-01 01:00:01+00'
    ),
    ('64-kib-multibyte', 'alice', 'user', 'text.long', 'text', repeat(U&'\00E9\20AC', 13108), '2026-02-01 01:00:02+00');

-- large_objects.sql: every large object, in blocks of 4096 oids: tables refer to them by oid, so they have to come back the same.
--
-- Reads    pg_largeobject_metadata, and each object with lo_get, which needs select on the object and no superuser
-- Prints   first_loid bigint, objects bigint, bytes numeric, sums text (numbers); ordered by first_loid. First_loid is the least
--          oid that can be in the block, a multiple of 4096
-- Key      first_loid
-- Class    content
-- Keeps    names, definitions and digests
-- Bits     sums
-- Healthy  the same before and after
--
-- sums     An object's hash is the SHA-256 over its oid, its size and the SHA-256 of each piece of 4 MiB: an object may be larger
--          than any value. A piece that is shorter than that is the last one. Holes read as zeros, as pg_dump reads them. The
--          first number is the sum of the hashes, as in tables.sql. The others are sums of their first 64 bits alone: over all
--          objects, and for each of the last 12 bits of oids over those whose oid has it. Where one object alone differs, is lost or
--          is new, the sums of its bits differ and by as much as that over all objects: so they give its oid.
-- key      is hashed in front of each object, as tables.sql has it in front of each row
with recursive piece as (
    select oid as loid, 0::bigint as n, size, hash
    from pg_largeobject_metadata, lateral (
        select length(data) as size, sha256(data) as hash
        from (select lo_get(oid, 0, 4194304) as data offset 0) as read
    ) as first
    union all
    select loid, n + 1, next.size, next.hash
    from piece, lateral (
        select length(data) as size, sha256(data) as hash
        from (select lo_get(piece.loid, (piece.n + 1) * 4194304, 4194304) as data offset 0) as read
    ) as next
    where piece.size = 4194304
),
object as (
    select loid::bigint as loid, sum(size) as size, string_agg(hash, ''::bytea order by n) as hashes
    from piece
    group by loid
),
hashed as (
    select
        loid,
        size,
        substring(h, 1, 64)::bigint as h1, substring(h, 65, 64)::bigint as h2, substring(h, 129, 64)::bigint as h3, substring(h, 193, 64)::bigint as h4
    from (
        select loid, size, ('x' || encode(sha256(key || int8send(loid) || int8send(size::bigint) || hashes), 'hex'))::bit(256) as h
        from object
        cross join (select coalesce(decode(current_setting('pgroundtrip.key', true), 'hex'), '') as key) as keys
        offset 0
    ) as o
)
select
    loid >> 12 << 12 as first_loid,
    count(*) as objects,
    sum(size) as bytes,
    array_to_string(array[
        ((sum(h1) * q + sum(h2)) * q + sum(h3)) * q + sum(h4),
        sum(h1),
        sum(h1) filter (where loid & 1 > 0),
        sum(h1) filter (where loid & 2 > 0),
        sum(h1) filter (where loid & 4 > 0),
        sum(h1) filter (where loid & 8 > 0),
        sum(h1) filter (where loid & 16 > 0),
        sum(h1) filter (where loid & 32 > 0),
        sum(h1) filter (where loid & 64 > 0),
        sum(h1) filter (where loid & 128 > 0),
        sum(h1) filter (where loid & 256 > 0),
        sum(h1) filter (where loid & 512 > 0),
        sum(h1) filter (where loid & 1024 > 0),
        sum(h1) filter (where loid & 2048 > 0)
    ], ' ', '0') as sums
from hashed
cross join (select 18446744073709551616 as q) as two_to_the_64
group by loid >> 12, q
order by first_loid;

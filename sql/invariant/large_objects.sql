-- large_objects.sql: every large object, in blocks of 4096 oids. Tables refer to large objects by oid, so oids must be preserved.
--
-- Reads    pg_largeobject_metadata, and each object with lo_get, which needs select on the object but no superuser
-- Prints   first_loid bigint, objects bigint, bytes numeric, sums text (numbers); ordered by first_loid. first_loid is the least
--          oid that can be in the block, a multiple of 4096
-- Key      first_loid
-- Class    content
-- Keeps    names, definitions and digests
-- Bits     sums
-- Healthy  the same before and after
--
-- sums     An object's hash is the SHA-256 over its oid, its size and the SHA-256 of each piece of 4 MiB, because an object may be
--          larger than any value can be. The last piece is the first that is shorter than that. Holes read as zeros, as in pg_dump.
--          The first number is the sum of the hashes, as in tables.sql. The others sum only the first 64 bits of each hash: over all
--          objects, then for each of the last 12 bits of the oid over the objects with that bit set. If exactly one object differs,
--          is missing or is new, each of these sums differs either not at all or by the same amount as the sum over all objects,
--          and the bits where it differs give the oid.
-- key      is hashed before each object, as in tables.sql before each row
-- skip     the setting pgroundtrip.skip lists objects that the role may not read, and that are reported as not covered
with object as (
    select
        oid::bigint as loid,
        first.size + coalesce(rest[1]::bigint, 0) as size,
        first.hash || coalesce(decode(rest[2], 'hex'), '') as hashes
    from pg_largeobject_metadata
    cross join lateral (
        select length(data) as size, sha256(data) as hash
        from (select lo_get(oid, 0, 4194304) as data offset 0) as read
    ) as first
    cross join lateral (
        select case when first.size = 4194304 then ( -- few are so large, and only they are read on
            with recursive piece as (
                select 0::bigint as n, first.size, null::bytea as hash
                union all
                select n + 1, next.size, next.hash
                from piece
                cross join lateral (
                    select length(data) as size, sha256(data) as hash
                    from (select lo_get(oid, (piece.n + 1) * 4194304, 4194304) as data offset 0) as read
                ) as next
                where piece.size = 4194304
            )
            select array[sum(size)::text, encode(string_agg(hash, ''::bytea order by n), 'hex')] from piece where n > 0
        ) end as rest
        offset 0
    ) as more
    where 'large object ' || oid <> all (coalesce(nullif(current_setting('pgroundtrip.skip', true), '')::text[], '{}'))
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

-- large_objects.sql: every large object, by its oid: tables refer to it by that number, so it has to come back the same.
--
-- Reads    pg_largeobject_metadata, and each object with lo_get, which needs select on the object and no superuser
-- Prints   loid oid, size bigint (bytes), digest text (64 hex digits); ordered by loid
-- Key      loid
-- Class    content
-- Keeps    names, definitions and digests
-- Healthy  the same before and after
--
-- digest   SHA-256 over the SHA-256 of each piece of 4 MiB: an object may be larger than any value. A piece that is
--          shorter than that is the last one. Holes read as zeros, as pg_dump reads them.
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
)
select
    loid,
    sum(size)::bigint as size,
    encode(sha256(string_agg(hash, ''::bytea order by n)), 'hex') as digest
from piece
group by loid
order by loid;

-- subscriptions.sql: every subscription of this database.
--
-- Reads    pg_subscription; the connection string, which may hold a password and is readable only by superusers, only if there is a subscription
-- Prints   subscription, connection_digest, slot, publications, synchronous_commit, binary, two_phase, disable_on_error, origin,
--          password_required, run_as_owner, run_as_owner_set, failover, server, retain_dead_tuples, max_retention, wal_receiver_timeout;
--          ordered by subscription
-- Key      subscription
-- Either   run_as_owner, run_as_owner_set
-- Class    definition
-- Keeps    names, definitions and digests
-- Healthy  the same before and after
--
-- Whether a subscription is enabled is not compared: a dump restores it disabled and unconnected, so that no second subscriber
-- starts by accident. Nor is streaming: its default changed in 18, and a dump of 17 omits the default.
-- run_as_owner is how changes are applied (before 16 always as the owner); run_as_owner_set is the option itself: from an older
-- server a pg_dump of 16 or later carries the first, an older pg_dump the second.
-- The digest of the connection string takes 4,096 rounds of SHA-256, as many as SCRAM takes by default for a stored password, so that
-- a reader of a record cannot try many passwords a second.
-- A name that the inner query does not know resolves to the outer one, where older_majors has the default.
select s.*
from (
    select false as subbinary, 'd'::"char" as subtwophasestate, false as subdisableonerr, 'any' as suborigin,
        true as subpasswordrequired, null::boolean as subrunasowner, false as subfailover,
        0::oid as subserver, false as subretaindeadtuples, 0 as submaxretention, '-1' as subwalrcvtimeout -- 19
) as older_majors
cross join lateral (
    select
        s.subname as subscription,
        substring(query_to_xml(format(
            'with recursive round (n, digest) as (
                select 1, sha256(convert_to(subname || '' '' || subconninfo, getdatabaseencoding()))
                from pg_catalog.pg_subscription
                where subname = %L and subdbid = %s
                union all
                select n + 1, sha256(digest)
                from round
                where n < 4096
            )
            select encode(digest, ''hex'') as v from round where n = 4096', s.subname, s.subdbid
        ), false, false, '')::text from '<v>([^<]*)</v>') as connection_digest,
        s.subslotname as slot,
        (select string_agg(quote_ident(p), ', ' order by p collate "C") from unnest(s.subpublications) as p) as publications,
        case when has_column_privilege('pg_catalog.pg_subscription', 'subsynccommit', 'select') then substring(query_to_xml(format(
            'select subsynccommit as v from pg_catalog.pg_subscription where subname = %L and subdbid = %s', s.subname, s.subdbid
        ), false, false, '')::text from '<v>([^<]*)</v>') end as synchronous_commit, -- 13 shows it only to superusers
        subbinary as binary,
        subtwophasestate <> 'd' as two_phase,
        subdisableonerr as disable_on_error,
        suborigin as origin,
        subpasswordrequired as password_required,
        coalesce(subrunasowner, true) as run_as_owner,
        coalesce(subrunasowner, false) as run_as_owner_set,
        subfailover as failover,
        (select f.srvname from pg_foreign_server as f where f.oid = subserver) as server,
        subretaindeadtuples as retain_dead_tuples,
        submaxretention as max_retention,
        subwalrcvtimeout as wal_receiver_timeout
    from pg_subscription as s
    join pg_database as d on d.oid = s.subdbid
    where d.datname = current_database()
) as s
order by s.subscription collate "C";

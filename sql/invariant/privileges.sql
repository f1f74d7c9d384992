-- privileges.sql: who owns each object, and who may do what with it. Default privileges are separate rows.
--
-- Reads    every catalog with an owner, pg_init_privs, pg_default_acl
-- Prints   kind, object, owner, grants, grants_17; ordered by kind, object
-- Key      kind, object
-- Either   grants, grants_17
-- Class    definition
-- Keeps    names, definitions and digests
-- Golden   none: role names differ from server to server
-- Healthy  the same before and after; with --no-owner or --no-acl a loss is expected
--
-- grants   "(owner): all; web: select, update; public: usage"; NULL if they are PostgreSQL's default for the kind. "all" is every
--          right that the server knows: 17 added MAINTAIN, which GRANT ALL includes there. "by ROLE" names the grantor, if not the owner.
-- grants_17 the same if the owner lacks some right, and before 17 including MAINTAIN: a pg_dump of 17 or later revokes from the
--          owner what is missing, an older one grants what is there.
-- large objects have one row for 4096 oids with the most common rights, and a row of their own if their rights differ from that.
-- Objects of initdb or of an extension are listed if their rights differ from their initial ones; a dump does not carry their owner.
-- public   is always listed: before 15 everyone may create objects in it. Its owner is NULL while it is the one that initdb set.
with large_object as materialized ( -- there may be millions, and few differ: one stands for all that are alike
    select oid::bigint >> 12 as block, min(oid) as oid, count(*) as n, array_agg(oid) as oids, lomowner, lomacl
    from pg_largeobject_metadata
    group by oid::bigint >> 12, lomowner, lomacl
),
object (class, oid, column_number, owner, acl, kind_of_acl) as (
    select 'pg_class'::regclass, oid, 0, relowner, relacl, case relkind when 'S' then 's' else 'r' end::"char" from pg_class where relkind = any ('{r,p,v,m,f,S}')
        and relnamespace is distinct from to_regnamespace('information_schema')
    union all select 'pg_class', attrelid, attnum, relowner, attacl, 'c' from pg_attribute join pg_class on pg_class.oid = attrelid
        where attacl is not null and not attisdropped
    union all select 'pg_proc', oid, 0, proowner, proacl, 'f' from pg_proc
    union all select 'pg_type', oid, 0, typowner, typacl, 'T' from pg_type
        where typtype <> 'm' and (typelem = 0 or typcategory <> 'A') and (typrelid = 0 or (select relkind = 'c' from pg_class as c where c.oid = typrelid))
    union all select 'pg_namespace', oid, 0, nspowner, nspacl, 'n' from pg_namespace where nspname !~ '^pg_(toast|temp)'
    union all select 'pg_language', oid, 0, lanowner, lanacl, 'l' from pg_language
    union all select 'pg_foreign_data_wrapper', oid, 0, fdwowner, fdwacl, 'F' from pg_foreign_data_wrapper
    union all select 'pg_foreign_server', oid, 0, srvowner, srvacl, 'S' from pg_foreign_server
    union all select 'pg_largeobject', oid, 0, lomowner, lomacl, 'L' from large_object
    union all select 'pg_default_acl', oid, 0, defaclrole, defaclacl, case defaclobjtype when 'S' then 's' else defaclobjtype end from pg_default_acl
    union all select 'pg_event_trigger', oid, 0, evtowner, null, null from pg_event_trigger union all select 'pg_publication', oid, 0, pubowner, null, null from pg_publication
    -- 13 shows pg_subscription.oid only to superusers; any column of type oid will do
    union all select 'pg_subscription', v.oid, 0, subowner, null, null from pg_subscription as s join pg_database as d on d.oid = subdbid and datname = current_database()
        join (select min(subid) as oid, subname from pg_stat_subscription group by subname) as v using (subname)
    union all select 'pg_statistic_ext', oid, 0, stxowner, null, null from pg_statistic_ext union all select 'pg_operator', oid, 0, oprowner, null, null from pg_operator where oprcode <> 0
    union all select 'pg_opclass', oid, 0, opcowner, null, null from pg_opclass union all select 'pg_opfamily', oid, 0, opfowner, null, null from pg_opfamily
    union all select 'pg_collation', oid, 0, collowner, null, null from pg_collation union all select 'pg_conversion', oid, 0, conowner, null, null from pg_conversion
    union all select 'pg_ts_dict', oid, 0, dictowner, null, null from pg_ts_dict union all select 'pg_ts_config', oid, 0, cfgowner, null, null from pg_ts_config
),
listed as materialized (
    select
        o.class, o.oid, o.column_number, o.owner, o.kind_of_acl,
        s.nspname is not distinct from 'public' as is_public,
        i.objoid is not null or e.objid is not null or o.oid < 16384 and o.class <> 'pg_largeobject'::regclass and s.oid is null as came_with,
        case when has_rights then coalesce(acl, acldefault(kind_of_acl, owner)) end as acl,
        case when has_rights then coalesce(initprivs, acldefault(kind_of_acl, owner)) end as first_acl
    from (
        select *
        from object
        where acl is not null or oid >= 16384 or class in ('pg_namespace'::regclass, 'pg_largeobject'::regclass)
            or (class, oid, column_number) in (select classoid, objoid, objsubid from pg_init_privs)
    ) as o -- first, so that the thousands of objects of initdb need not be joined
    left join pg_depend as e on e.classid = o.class and e.objid = o.oid and e.objsubid = 0
        and (e.deptype = 'e' or e.deptype = 'i' and o.class = 'pg_proc'::regclass) -- i: constructors of range types
    left join pg_namespace as s on o.class = 'pg_namespace'::regclass and s.oid = o.oid and s.nspname !~ '^pg_' and s.nspname <> 'information_schema'
    left join pg_init_privs as i on i.classoid = o.class and i.objoid = o.oid and i.objsubid = o.column_number
        and (s.oid is null or s.oid >= 16384 or s.nspname = 'public') -- otherwise it is public under a new name, which counts as user-defined
    cross join lateral (select o.acl is not null or i.objoid is not null or s.nspname is not distinct from 'public' as has_rights) as h
    where has_rights or e.objid is null and (o.oid >= 16384 or s.oid is not null or o.class = 'pg_largeobject'::regclass)
),
printed as (
    select
        class,
        oid::bigint as oid,
        p.type collate "C" as kind,
        regexp_replace(p.identity, '\mpg_catalog\.json\M', 'json', 'g') collate "C" as object, -- 16 and later omit the schema
        case
            when class = 'pg_default_acl'::regclass or column_number > 0 or is_public and (owner = 10 or pg_get_userbyid(owner) = 'pg_database_owner') then null
            when is_public or not came_with then quote_ident(pg_get_userbyid(owner))
        end as owner,
        case when rights <> first_rights or is_public then rights end as grants,
        case when rights <> first_rights then rights_17 end as grants_17
    from listed
    cross join lateral (
        select p.type, p.identity from pg_identify_object(class, oid, column_number) as p where class <> 'pg_largeobject'::regclass
        union all select 'large object', oid::text where class = 'pg_largeobject'::regclass -- one that has been unlinked since the snapshot has no name now
    ) as p
    cross join lateral (
        select
            coalesce(string_agg(who || rights || how, '; ' order by who || rights || how collate "C") filter (where now), 'nobody') as rights,
            coalesce(string_agg(who || rights || how, '; ' order by who || rights || how collate "C") filter (where not now), 'nobody') as first_rights,
            case when bool_or(now and rights_17 <> '') then
                string_agg(who || coalesce(rights_17, rights) || how, '; ' order by who || rights || how collate "C") filter (where now)
            end as rights_17
        from (
            select
                now,
                case grantee when 0 then 'public' when owner then '(owner)' else quote_ident(pg_get_userbyid(grantee)) end || ': ' as who,
                case count(*) when all_rights then 'all' else string_agg(lower(privilege_type), ', ' order by privilege_type collate "C") end as rights,
                case when grantee = owner and kind_of_acl = 'r' and count(*) < all_rights then (
                    select string_agg(lower(r), ', ' order by r collate "C")
                    from unnest(array_agg(privilege_type) || case when current_setting('server_version_num')::integer < 170000 then '{MAINTAIN}'::text[] end) as r
                ) end as rights_17,
                case when is_grantable then ' with grant option' else '' end
                    || case when grantor <> owner then ' by ' || quote_ident(pg_get_userbyid(grantor)) else '' end as how
            from (select true as now, a.* from aclexplode(acl) as a union all select false, a.* from aclexplode(first_acl) as a) as item
            cross join (select count(*) as all_rights from aclexplode(acldefault(kind_of_acl, owner)) as d where d.grantee = owner) as d
            group by now, grantor, grantee, is_grantable, all_rights
        ) as entries
    ) as g
    where (not came_with or acl is distinct from first_acl or is_public) -- first, so that hundreds of ACLs of initdb need not be expanded
        and (not came_with or rights <> first_rights or is_public)
        and p.identity !~ '^(information_schema\M|pg_temp)' -- the initial rights of information_schema are recorded nowhere
        and (came_with or p.identity !~ '^pg_catalog\M') -- created in pg_catalog: no dump holds it
),
large as (
    select block, oids, owner, grants, grants_17, sum(n) over (partition by block, owner, grants, grants_17) as like_it
    from printed
    join large_object on large_object.oid = printed.oid
    where class = 'pg_largeobject'::regclass
),
block as (
    select distinct on (block) block, owner, grants, grants_17
    from large
    order by block, like_it desc, owner collate "C", grants collate "C", grants_17 collate "C"
)
select kind, object, owner, grants, grants_17
from printed
where class <> 'pg_largeobject'::regclass
union all
select 'large objects', format('%s to %s', block << 12, (block << 12) + 4095), owner, grants, grants_17
from block
union all
select 'large object', oid::text, o.owner, o.grants, o.grants_17
from large as o
join block as b using (block)
cross join unnest(o.oids) as oid
where (o.owner, o.grants, o.grants_17) is distinct from (b.owner, b.grants, b.grants_17)
order by kind, object;

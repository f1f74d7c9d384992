-- settings.sql: the settings made by alter database ... set and alter role ... set.
--
-- Reads    pg_db_role_setting, pg_database
-- Prints   database, role, name, value; ordered by database, role, name. NULL means every database, or every role
-- Key      database, role, name
-- Class    definition
-- Scope    cluster
-- Keeps    names, definitions and digests
-- Healthy  the same on both sides
-- Why      a custom setting (with a dot in its name) may be a secret: its value is printed as a digest
select
    d.datname as database,
    case when s.setrole <> 0 then pg_get_userbyid(s.setrole)::text end as role,
    split_part(one, '=', 1) as name,
    case when split_part(one, '=', 1) like '%.%' then 'sha256:' || encode(sha256(convert_to(one, 'UTF8')), 'hex')
        else substr(one, strpos(one, '=') + 1) end as value
from pg_db_role_setting as s
left join pg_database as d on d.oid = s.setdatabase
cross join unnest(s.setconfig) as one
where coalesce(d.datname, '') !~ '^pgroundtrip_[0-9a-f]{16}$' -- databases of a running restore
    and (s.setrole = 0 or pg_get_userbyid(s.setrole) !~ '^pgroundtrip_[0-9a-f]{16}$')
order by d.datname collate "C", case when s.setrole <> 0 then pg_get_userbyid(s.setrole)::text end collate "C",
    split_part(one, '=', 1) collate "C";

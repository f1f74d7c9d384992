-- roles.sql: the roles that a restore of this database may need, and their attributes.
--
-- Reads    pg_shdepend, pg_auth_members, pg_roles; the rows of columns that hold roles (regrole, aclitem, also within
--          arrays, domains and composite types); checks and views that name roles
-- Prints   name text, superuser boolean, bypassrls boolean, in_rows boolean, member_of text[]; ordered. member_of lists the
--          roles whose rights it inherits
-- Why      a restore refreshes a materialized view with the rights of its owner, and cannot read a row that names a missing
--          role; the archive names owners and grantees, but nothing more about them
with recursive part (tab, value, typ) as (
    select attrelid::regclass::text, quote_ident(attname), atttypid
    from pg_attribute
    join pg_class on pg_class.oid = attrelid
    where relkind = 'r' and relpersistence <> 't' and attrelid >= 16384 and attnum > 0 and not attisdropped
        and (atttypid >= 16384 or atttypid in ('regrole'::regtype, 'regrole[]'::regtype, 'aclitem'::regtype, 'aclitem[]'::regtype))
        and has_table_privilege(attrelid, 'select')
    union all
    select p.tab, step.value, step.typ
    from part as p
    join pg_type as t on t.oid = p.typ
    cross join lateral (
        select p.value, t.typbasetype where t.typtype = 'd'
        union all
        select format('unnest(%s)', p.value), t.typelem where t.typcategory = 'A' and t.typelem <> 0
        union all
        select format('(%s).%I', p.value, attname), atttypid
        from pg_attribute
        where t.typtype = 'c' and attrelid = t.typrelid and attnum > 0 and not attisdropped
    ) as step (value, typ)
),
named as (
    select distinct role::oid as oid
    from part
    cross join lateral query_to_xml(format(
        case typ when 'regrole'::regtype
            then 'select string_agg(distinct r::text, '' '') as roles from (select (%s)::oid as r from only %s) as x'
            else 'select string_agg(distinct r::text, '' '') as roles from (select %s as item from only %s) as x '
                'cross join lateral aclexplode(array[item]) as acl cross join lateral (values (grantor), (grantee)) as y (r) '
                'where item is not null'
        end, value, tab), false, true, '') as found
    cross join lateral regexp_split_to_table((xpath('/row/roles/text()', found))[1]::text, ' ') as role
    where typ in ('regrole'::regtype, 'aclitem'::regtype)
    union -- role names in strings: a restore evaluates checks and the queries of materialized views
    select r.oid
    from ( -- functions that take a role name, and casts of text to regrole
        select format(':(funcid (%s) |resulttype %s :resultcollid )', string_agg(oid::text, '|'), 'regrole'::regtype::oid) as pattern
        from pg_proc
        where pronamespace = 'pg_catalog'::regnamespace and proname ~ '^(to_regrole|pg_has_role|has_\w+_privilege)$'
    ) as asks
    cross join lateral (
        select pg_get_constraintdef(oid) from pg_constraint where contype = 'c' and oid >= 16384 and conbin::text ~ pattern
        union all
        select pg_get_viewdef(ev_class) from pg_rewrite where rulename = '_RETURN' and oid >= 16384 and ev_action::text ~ pattern
    ) as definition (text)
    cross join regexp_matches(text, '''((?:[^'']|'''')+)''', 'g') as string (part)
    join pg_roles as r on replace(part[1], '''''', '''') in (r.rolname, quote_ident(r.rolname))
),
needed as (
    select refobjid as oid
    from pg_shdepend
    where refclassid = 'pg_authid'::regclass and dbid = (select oid from pg_database where datname = current_database())
    union
    select oid from named
    union
    select 10::oid -- the bootstrap superuser, for whom no dependencies are recorded
    union
    select m.roleid
    from needed
    join pg_roles as r on r.oid = needed.oid
    join pg_auth_members as m on m.member = r.oid
    where coalesce((to_jsonb(m) ->> 'inherit_option')::boolean, r.rolinherit) -- from 16 on inheritance is set per membership
)
select
    r.rolname::text as name,
    r.rolsuper as superuser,
    r.rolbypassrls as bypassrls,
    exists (select from named where named.oid = r.oid) as in_rows,
    array(
        select g.rolname::text
        from pg_auth_members as m
        join pg_roles as g on g.oid = m.roleid
        where m.member = r.oid and coalesce((to_jsonb(m) ->> 'inherit_option')::boolean, r.rolinherit)
        order by g.rolname collate "C"
    ) as member_of
from pg_roles as r
where r.oid in (select oid from needed) and r.rolname !~ '^pg_'
order by r.rolname collate "C";

-- memberships.sql: which role is a member of which other role.
--
-- Reads    pg_auth_members
-- Prints   role, member, grantor, options text[]; ordered by role, member, grantor
-- Key      role, member, grantor
-- Class    definition
-- Scope    cluster
-- Keeps    names, definitions and digests
-- Healthy  the same on both sides
-- Why      to_jsonb reads columns that not every major has
select
    pg_get_userbyid(m.roleid)::text as role,
    pg_get_userbyid(m.member)::text as member,
    pg_get_userbyid(m.grantor)::text as grantor,
    array_remove(array[
        case when m.admin_option then 'admin' end,
        case when to_jsonb(m) ->> 'inherit_option' = 'true' then 'inherit' end, -- from 16 on
        case when to_jsonb(m) ->> 'set_option' = 'true' then 'set' end
    ], null) as options
from pg_auth_members as m
where pg_get_userbyid(m.roleid) !~ '^pgroundtrip_[0-9a-f]{16}$' and pg_get_userbyid(m.member) !~ '^pgroundtrip_[0-9a-f]{16}$' -- roles of a running restore
order by pg_get_userbyid(m.roleid)::text collate "C", pg_get_userbyid(m.member)::text collate "C", pg_get_userbyid(m.grantor)::text collate "C";

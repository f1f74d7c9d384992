-- policies.sql: every row-level security policy. Whether row security is on at all is in relations.sql.
--
-- Reads    pg_policy
-- Prints   schema, table, policy, permissive, command, roles, using, with_check; ordered by schema, table, policy
-- Key      schema, table, policy
-- Class    definition
-- Keeps    names, definitions and digests
-- Healthy  the same before and after
--
-- roles    a dump carries them even with --no-owner --no-acl; "public" means everyone
select
    n.nspname as schema,
    c.relname as table,
    p.polname as policy,
    p.polpermissive as permissive,
    case p.polcmd
        when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' when '*' then 'all'
    end as command,
    (
        select string_agg(case when r = 0 then 'public' else quote_ident(pg_get_userbyid(r)) end, ', '
            order by case when r = 0 then 'public' else pg_get_userbyid(r) end collate "C")
        from unnest(p.polroles) as r
    ) as roles,
    pg_get_expr(p.polqual, p.polrelid, true) as using,
    pg_get_expr(p.polwithcheck, p.polrelid, true) as with_check
from pg_policy as p
join pg_class as c on c.oid = p.polrelid
join pg_namespace as n on n.oid = c.relnamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
order by n.nspname collate "C", c.relname collate "C", p.polname collate "C";

-- lacks.sql: what an archive of the whole database will lack although the catalog has it.
--
-- Reads    the catalogs, and the first row of each table in question
-- Prints   what text, reason text; ordered
-- Healthy  no rows: pg_dump does not report any of these, and exits 0
--
-- A table that an extension's script created comes back with the rows that the script inserts; expected.sql lists its other rows. A
-- table that is older than its membership was added with ALTER EXTENSION ... ADD and does not come back at all: its first column
-- was written by an earlier transaction than the membership, or by an earlier command of the same one. pg_upgrade creates and adds
-- each member with two commands of one transaction: then no function of the extension is as old as its membership.
with relation as (
    select c.oid, c.relnamespace, a.xmin::text as made, case a.xmax::text when '0' then a.cmin::text::bigint end as command
    from pg_class as c
    join pg_attribute as a on a.attrelid = c.oid and a.attnum = -6
    where c.relkind in ('r', 'p') and c.relpersistence <> 't' and c.oid >= 16384
        -- in this order, so that no other table is read: it may have an index on a function that fails here
        and case when c.relnamespace in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
            or exists (select from pg_depend as d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
        then not has_table_privilege(c.oid, 'select') or query_to_xml(
            format('select count(*) as n from (select from %s limit 1) as one', c.oid::regclass), false, true, '')::text !~ '<n>0</n>'
        end
)
select what, reason
from (
    select
        'table ' || r.oid::regclass,
        'it was made a member of the extension ' || quote_ident(e.extname) || ', and an archive holds neither members nor their rows;'
            || ' end its membership with: alter extension ' || quote_ident(e.extname) || ' drop table ' || r.oid::regclass
    from relation as r
    join (select *, xmin::text as since, case xmax::text when '0' then cmin::text::bigint end as command from pg_depend) as d
        on d.classid = 'pg_class'::regclass and d.objid = r.oid and d.deptype = 'e'
    join (select *, xmin::text as updated from pg_extension) as e on d.refclassid = 'pg_extension'::regclass and e.oid = d.refobjid
    where (e.extconfig is null or r.oid <> all (e.extconfig))
        and (r.made not in (d.since, e.updated) and d.since <> e.updated or r.made = d.since and r.command < d.command and exists (
            select
            from pg_depend as m
            join pg_proc as p on m.classid = 'pg_proc'::regclass and p.oid = m.objid and p.xmin = m.xmin and p.cmin = m.cmin and p.xmax::text = '0' and m.xmax::text = '0'
            where m.refclassid = 'pg_extension'::regclass and m.refobjid = e.oid and m.deptype = 'e'
        ))
    union all
    select
        'table ' || r.oid::regclass,
        'no archive holds tables in ' || r.relnamespace::regnamespace || '; move it with: alter table ' || r.oid::regclass || ' set schema ...'
    from relation as r
    where not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = r.oid and deptype = 'e')
    union all
    select distinct
        'table ' || g.tgrelid::regclass,
        'the triggers that enforce its foreign keys are in another state than those of ' || p.tgrelid::regclass
            || ', and the statement that pg_dump writes for them fails in every restore: run alter table ' || g.tgrelid::regclass || ' enable trigger all'
    from pg_trigger as g
    join pg_trigger as p on p.oid = g.tgparentid and p.tgenabled <> g.tgenabled
    join pg_constraint as k on k.oid = g.tgconstraint and k.contype <> 't'
    where g.tgisinternal
    union all
    select
        'subscription ' || quote_ident(s.subname),
        'only a superuser''s dump has subscriptions, and ' || quote_ident(current_user) || ' is not a superuser: dump as one, or drop the subscription'
    from pg_subscription as s
    join pg_database as b on b.oid = s.subdbid and b.datname = current_database()
    where not (select rolsuper from pg_roles where rolname = current_user)
) as lacking (what, reason)
order by what collate "C";

-- refreshable.sql: materialized views that their owners could not refresh, as a restore by hand does.
--
-- Reads    pg_class, pg_rewrite, pg_depend, pg_proc, pg_roles
-- Prints   fault text; ordered
-- Why      a confined copy is refreshed by a role that may read all of it. What functions read is not examined
-- Healthy  no rows
with recursive edge as (
    select r.ev_class as view, d.refclassid, d.refobjid
    from pg_catalog.pg_rewrite as r
    join pg_catalog.pg_depend as d on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = r.oid and d.refobjid <> r.ev_class
    where r.rulename = '_RETURN' and r.ev_class >= 16384
),
step (root, owner, reader, view) as (
    select oid, relowner, relowner, oid
    from pg_catalog.pg_class
    where relkind = 'm' and relispopulated
    union
    select s.root, s.owner, case when 'security_invoker=true' = any (v.reloptions) then s.reader else v.relowner end, v.oid
    from step as s
    join edge as e using (view)
    join pg_catalog.pg_class as v on e.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and v.oid = e.refobjid and v.relkind = 'v'
),
fault (root, what) as (
    select s.root, case
        when not (has_table_privilege(s.reader, c.oid, 'select') or has_any_column_privilege(s.reader, c.oid, 'select'))
            then format('who may not read the table %I', c.relname)
        when c.relrowsecurity and not reader.rolsuper and not reader.rolbypassrls
            and (c.relforcerowsecurity or not pg_has_role(s.reader, c.relowner, 'usage'))
            then format('who sees only some rows of %I, and an archive turns row security off: restore with -- --enable-row-security, '
                'or give the owner the attribute bypassrls', c.relname)
        end
    from step as s
    join pg_catalog.pg_roles as reader on reader.oid = s.reader
    join edge as e using (view)
    join pg_catalog.pg_class as c on e.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and c.oid = e.refobjid
    union all
    select s.root, format('who may not call %s', p.oid::pg_catalog.regprocedure)
    from step as s
    join edge as e using (view)
    join pg_catalog.pg_proc as p on e.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass and p.oid = e.refobjid
    where not has_function_privilege(s.owner, p.oid, 'execute')
)
select distinct format('%I.%I is refreshed with the rights of its owner, %s', n.nspname, c.relname, what) collate "C" as fault
from fault
join pg_catalog.pg_class as c on c.oid = root
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where what is not null
order by 1;

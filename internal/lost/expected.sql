-- expected.sql: what this database has that pg_dump leaves out by design.
--
-- Reads    the catalogs; the setting pgroundtrip.pg_dump_major
-- Prints   query text, key text, what text, reason text, from_major integer, only_column text; ordered. query and key name the
--          result and the row that a copy will have different, on a server of from_major or later; '' if nothing is compared.
--          only_column is the column that differs; '' means any
-- Why      a known loss is named with its reason, and one that did not happen is reported
with recursive member as (
    select c.oid, c.relkind, n.nspname, c.relname, quote_ident(x.extname) as extension, d.xmin::text as since, x.xmin::text as updated,
        c.oid = any (x.extconfig) is true as is_marked, x.extcondition[array_position(x.extconfig, c.oid)] as condition
    from pg_depend as d
    join pg_extension as x on d.refclassid = 'pg_extension'::regclass and x.oid = d.refobjid
    join pg_class as c on d.classid = 'pg_class'::regclass and c.oid = d.objid
    join pg_namespace as n on n.oid = c.relnamespace
    where d.deptype = 'e' and c.relkind in ('r', 'S') and has_table_privilege(c.oid, 'select')
),
-- Tables of extensions with rows that were not written by the extension's script and that no dump carries; sequences of extensions
-- that were used for other rows than the script's.
own as (
    select *
    from member
    where relkind = 'r' and (not is_marked or condition <> '') and query_to_xml(format(
        'select exists (select from only %1$I.%2$I where xmin::text not in (%3$L, %4$L) and ctid not in (select ctid from only %1$I.%2$I %5$s)) as own',
        nspname, relname, since, updated, case when is_marked then condition else 'where false' end
    ), false, false, '')::text like '%<own>true</own>%'
    union all
    select m.*
    from member as m
    left join pg_depend as d on d.classid = 'pg_class'::regclass and d.objid = m.oid and d.refclassid = 'pg_class'::regclass
        and d.refobjsubid > 0 and d.deptype in ('a', 'i')
    left join member as t on t.oid = d.refobjid
    where m.relkind = 'S' and not m.is_marked and query_to_xml(format(
        'select is_called and %s or not is_called and last_value <> %s as own from %I.%I',
        case when t.oid is null then 'true' -- not owned, or owned by a table outside extensions
            else format('(select bool_or(not is_shipped) or count(*) = 0 from (select xmin::text in (%L, %L) as is_shipped from only %I.%I) as r)',
                t.since, t.updated, t.nspname, t.relname) end,
        (select seqstart from pg_sequence where seqrelid = m.oid), m.nspname, m.relname
    ), false, false, '')::text like '%<own>true</own>%'
),
by_hand as ( -- objects older than their membership of an extension, by a transaction or a command; see lacks.sql
    select c.oid, c.relkind, c.relname, n.nspname, x.extname
    from pg_depend as d
    join pg_extension as x on d.refclassid = 'pg_extension'::regclass and x.oid = d.refobjid
    join pg_class as c on d.classid = 'pg_class'::regclass and c.oid = d.objid and c.relkind in ('S', 'm', 'f')
    join pg_namespace as n on n.oid = c.relnamespace
    join pg_attribute as a on a.attrelid = c.oid and a.attnum = -6
    where d.deptype = 'e' and (
        a.xmin::text not in (d.xmin::text, x.xmin::text) and d.xmin::text <> x.xmin::text
        or a.xmin::text = d.xmin::text and a.cmin::text::bigint < d.cmin::text::bigint and a.xmax::text = '0' and d.xmax::text = '0' and exists (
            select
            from pg_depend as f
            join pg_proc as p on f.classid = 'pg_proc'::regclass and p.oid = f.objid and p.xmin = f.xmin and p.cmin = f.cmin
            where f.refclassid = 'pg_extension'::regclass and f.refobjid = x.oid and f.deptype = 'e'
        ))
),
script as ( -- the transactions of an extension's scripts; after pg_upgrade, which gives each member its own, nothing is known
    select x.oid, quote_ident(x.extname) as extension, array_agg(distinct d.xmin::text) || x.xmin::text as xids
    from pg_extension as x
    join pg_depend as d on d.refclassid = 'pg_extension'::regclass and d.refobjid = x.oid and d.deptype = 'e'
    group by x.oid, x.extname, x.xmin::text
    having count(*) < 3 or count(distinct d.xmin::text) * 2 <= count(*)
),
of_extension as (
    select c.oid, n.nspname, c.relname, c.relrowsecurity, script.extension, script.xids
    from script
    join pg_depend as d on d.refclassid = 'pg_extension'::regclass and d.refobjid = script.oid and d.deptype = 'e' and d.classid = 'pg_class'::regclass
    join pg_class as c on c.oid = d.objid and c.relkind in ('r', 'p', 'f')
    join pg_namespace as n on n.oid = c.relnamespace
),
added (query, key, kind, name, of, extension) as ( -- to tables of extensions, by hand
    select 'triggers', format('schema=%s table=%s trigger=%s', nspname, relname, tgname), 'trigger', tgname, t.oid, extension
    from of_extension as t
    join pg_trigger as g on tgrelid = t.oid and not tgisinternal and g.xmin::text <> all (xids)
    union all
    select 'rules', format('schema=%s relation=%s rule=%s', nspname, relname, rulename), 'rule', rulename, t.oid, extension
    from of_extension as t
    join pg_rewrite as r on ev_class = t.oid and r.xmin::text <> all (xids)
    union all
    select 'policies', format('schema=%s table=%s policy=%s', nspname, relname, polname), 'policy', polname, t.oid, extension
    from of_extension as t
    join pg_policy as p on polrelid = t.oid and p.xmin::text <> all (xids)
    union all
    select 'relations', format('schema=%s relation=%s', nspname, relname), 'row security', '', t.oid, extension
    from of_extension as t
    where relrowsecurity and not exists (select from pg_policy as p where polrelid = t.oid and p.xmin::text = any (xids))
    union all
    select 'relations', format('schema=%s relation=%s', t.nspname, t.relname), 'replica identity', '', t.oid, extension
    from of_extension as t
    join pg_class as c on c.oid = t.oid and c.relreplident <> 'd'
    union all
    select 'publications', format('publication=%s part=table object=%I.%I', pubname, nspname, relname), 'publication', pubname, t.oid, extension
    from of_extension as t
    join pg_publication_rel as p on prrelid = t.oid
    join pg_publication as whole on whole.oid = prpubid
    union all
    select query, key, 'statistics object', stxname, t.oid, extension
    from of_extension as t
    join pg_statistic_ext as s on stxrelid = t.oid and s.xmin::text <> all (xids)
    join pg_namespace as n on n.oid = stxnamespace
    cross join lateral (values ('statistics', format('schema=%s statistics=%s', n.nspname, stxname)),
        ('privileges', format('kind=statistics object object=%I.%I', n.nspname, stxname))) as two (query, key)
    union all
    select 'constraints', format('schema=%s of=%s constraint=%s', nspname, relname, conname), 'constraint', conname, t.oid, extension
    from of_extension as t
    join pg_constraint as k on conrelid = t.oid and contype not in ('t', 'n') and k.xmin::text <> all (xids)
    union all
    select 'indexes', format('schema=%s index=%s', n.nspname, i.relname), 'index', i.relname, t.oid, extension
    from of_extension as t
    join pg_index as x on indrelid = t.oid
    join pg_class as i on i.oid = indexrelid
    join pg_namespace as n on n.oid = i.relnamespace
    join pg_attribute as a on a.attrelid = i.oid and a.attnum = 1 and a.xmin::text <> all (xids)
),
inherited as ( -- pg_dump writes a storage, compression or NOT NULL that is not the default; a column with the default takes its parent's
    select a.attrelid as oid, a.attname, s.what, s.value, false as is_changed
    from pg_attribute as a
    join pg_class as c on c.oid = a.attrelid and c.relkind <> 'p' and c.oid in (select inhparent from pg_inherits)
    join pg_type as t on t.oid = a.atttypid
    cross join lateral (values ('storage', nullif(a.attstorage, t.typstorage)::text), ('compression', nullif(to_jsonb(a) ->> 'attcompression', '')),
        ('not_null', nullif(a.attnotnull, false)::text)) as s (what, value)
    where a.attnum > 0 and not a.attisdropped and s.value is not null
    union
    select a.attrelid, a.attname, p.what, p.value, true
    from inherited as p
    join pg_inherits as i on i.inhparent = p.oid
    join pg_class as c on c.oid = i.inhrelid and not c.relispartition
    join pg_attribute as a on a.attrelid = c.oid and a.attname = p.attname and not a.attisdropped
    join pg_type as t on t.oid = a.atttypid
    where case p.what when 'storage' then a.attstorage = t.typstorage when 'not_null' then not a.attnotnull else to_jsonb(a) ->> 'attcompression' = '' end
),
limits (type, bottom, top) as (
    values ('int2'::regtype, -32768::bigint, 32767::bigint), ('int4', -2147483648, 2147483647), ('int8', -9223372036854775808, 9223372036854775807)
)
select
    query,
    key,
    what,
    reason,
    case what when 'the right of everyone to create objects in schema public' then 15 else 0 end as from_major,
    case
        when query in ('invariant/columns', 'invariant/sequence_definitions')
            then coalesce(substring(replace(what, 'missing NOT NULL', 'not_null') from '^the (storage|compression|not_null|type|minimum|maximum) of '), '')
        when query = 'invariant/relations' then case when what like 'the replica identity on %' then 'replica_identity' else 'row_security' end
        when query <> 'invariant/privileges' or what like 'the statistics object %' or what = 'that there is no schema public' then ''
        when what = 'the owner of schema public' then 'owner'
        else 'grants'
    end as only_column
from (
    select
        '', '', 'settings of the database',
        'a dump without --create does not hold alter database ... set: ' || string_agg(distinct split_part(one, '=', 1), ', ')
    from pg_db_role_setting as s
    cross join unnest(s.setconfig) as one
    where s.setdatabase = (select oid from pg_database where datname = current_database())
    having count(*) > 0
    union all
    select '', '', 'grants on the database, and its connection limit', 'a dump without --create does not hold them'
    from pg_database as d
    where d.datname = current_database() and (d.datacl is not null or d.datconnlimit <> -1)
    union all
    select '', '', 'the comment on the database', 'a dump without --create does not hold it'
    from pg_database as d
    where d.datname = current_database() and shobj_description(d.oid, 'pg_database') is not null
    union all
    select '', '', 'replication slots', 'they belong to the cluster and to its WAL'
    from pg_replication_slots
    where database = current_database()
    having count(*) > 0
    union all
    select '', '', 'planner statistics', 'analyze collects them again; pg_dump 18 can carry them, but they are not compared'
    union all
    select '', '', 'ICU rules of the database', 'a dump without --create does not hold them; the drill restores without them'
    from pg_database as d
    where d.datname = current_database() and to_jsonb(d)->>'daticurules' is not null -- 16 and later
    union all
    select '', '', 'tablespaces', 'they belong to the cluster, and the restore chooses where a table is stored'
    from pg_class
    where reltablespace <> 0 and oid >= 16384
    having count(*) > 0
    union all
    select
        'invariant/tables', 'schema=' || n.nspname || ' table=' || c.relname, 'the rows of the unlogged table ' || c.oid::regclass,
        'a standby cannot read them: dump from the primary to include them'
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    where c.relpersistence = 'u' and c.relkind = 'r' and not c.relispartition and pg_is_in_recovery()
    union all
    select
        'invariant/sequences', 'schema=' || n.nspname || ' sequence=' || s.relname, 'the state of the sequence ' || s.oid::regclass,
        'a standby cannot read unlogged relations: dump from the primary to include it'
    from pg_class as s
    join pg_namespace as n on n.oid = s.relnamespace
    left join pg_depend as d on d.classid = 'pg_class'::regclass and d.objid = s.oid
        and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0 and d.deptype in ('a', 'i')
    left join pg_class as t on t.oid = d.refobjid
    where s.relkind = 'S' and pg_is_in_recovery()
        and ('u' in (s.relpersistence, t.relpersistence) or exists (
            select from pg_partition_tree(t.oid) as leaf
            where (select l.relpersistence = 'u' from pg_class as l where l.oid = leaf.relid)
        ))
    union all
    select
        'invariant/tables', 'schema=' || nspname || ' table=' || relname, format('rows of %I.%I that extension %s did not bring', nspname, relname, extension),
        case when is_marked then 'they do not match the condition under which the extension has rows of it dumped'
            else 'the extension does not mark the table for the dump' end
            || ': a restore has only the rows that CREATE EXTENSION inserts; keep the others in a file, and load it after the restore'
    from own
    where relkind = 'r'
    union all
    select
        'invariant/sequences', 'schema=' || nspname || ' sequence=' || relname, format('the position of the sequence %I.%I of extension %s', nspname, relname, extension),
        'the extension does not mark it for the dump, so a restore has it as CREATE EXTENSION creates it: run select setval(...) after the restore'
    from own
    where relkind = 'S'
    union all -- altered_objects.sql names them, too; here are the other results in which they are missing
    select
        'invariant/' || lost.query,
        case lost.query when 'extensions' then format('extension=%s part=member object=%s', m.extname, o.identity)
            else format('schema=%s %s=%s', m.nspname, case m.relkind when 'S' then 'sequence' else 'materialized_view' end, m.relname) end,
        format('the %s %s, which was made a member of the extension %I by hand', o.type, o.identity, m.extname),
        'no archive holds members of extensions: run alter extension ... drop to end its membership, then dump again'
    from by_hand as m
    cross join lateral pg_identify_object('pg_class'::regclass, m.oid, 0) as o
    cross join unnest(case m.relkind when 'S' then '{extensions,sequence_definitions}' when 'm' then '{extensions,materialized_views}'
        else '{extensions}' end::text[]) as lost (query)
    union all -- pg_user_mappings, which pg_dump reads, hides options by this rule
    select
        '', '', format('options of the user mapping for %I on server %I', m.usename, m.srvname),
        quote_ident(current_user) || ' may not see them, so pg_dump writes the mapping without them: dump as a superuser'
    from pg_user_mappings as m
    join pg_foreign_server as s on s.oid = m.srvid
    where not (select rolsuper from pg_roles where rolname = current_user) and not case
        when m.umuser = 0 then pg_has_role(s.srvowner, 'usage')
        else m.usename = current_user and (pg_has_role(s.srvowner, 'usage') or has_server_privilege(s.oid, 'usage')) end
    union all
    select '', '', format('that the subscription %I is enabled, and how far it has come', s.subname),
        'an archive holds it disabled and without its progress: when the copy may receive data, run alter subscription ... enable, or ... refresh publication'
    from pg_subscription as s
    join pg_database as d on d.oid = s.subdbid and d.datname = current_database()
    where s.subenabled
    union all
    select '', '', 'rows of foreign tables', 'they stay on the other server, which takes a record of its own: '
        || array_to_string((array_agg(ftrelid::regclass::text order by ftrelid::regclass::text collate "C"))[1:20], ', ')
    from pg_foreign_table
    having count(*) > 0
    union all
    select '', '', 'lc_monetary', 'an archive does not hold it, and this one has money values in the format of ''C'': to restore by hand on a '
        'server with another format, run PGOPTIONS=''-c lc_monetary=C'' pg_restore ...'
    from pg_attribute
    join pg_type as t on t.oid = atttypid
    where array[t.oid, t.typbasetype] && array['money', 'money[]']::regtype[]::oid[] and attrelid >= 16384
    having count(*) > 0
    union all
    select query, 'kind=schema object=public', 'that there is no schema public', 'every new database has one'
    from (values ('invariant/comments'), ('invariant/privileges')) as results (query)
    where to_regnamespace('public') is null
    union all
    select 'invariant/extensions', 'extension=plpgsql part=extension object=pg_catalog', 'that there is no extension plpgsql',
        'every new database has it: after the restore, drop extension plpgsql'
    where not exists (select from pg_extension where extname = 'plpgsql')
    union all
    select '', '', 'the comment on extension plpgsql', 'every new database has the extension, and pg_dump leaves it out'
    from pg_extension as x
    where x.extname = 'plpgsql' and x.oid < 16384
        and obj_description(x.oid, 'pg_extension') is distinct from 'PL/pgSQL procedural language'
    union all
    select
        'invariant/privileges', 'kind=schema object=' || quote_ident(n.nspname), 'grants on schema ' || quote_ident(n.nspname),
        'it is the original schema public under a new name, and pg_dump assumes that the initial grants of public exist: grant them again after the restore'
    from pg_namespace as n
    join pg_init_privs as i on i.classoid = 'pg_namespace'::regclass and i.objoid = n.oid
    where n.nspname !~ '^pg_' and n.nspname not in ('public', 'information_schema') and n.oid < 16384
        and exists (
            select from aclexplode(n.nspacl) as now
            join aclexplode(i.initprivs) as first using (grantee, privilege_type)
            where now.grantee <> n.nspowner
        )
    union all
    select 'invariant/privileges', 'kind=language object=' || quote_ident(l.lanname), 'grants on the language ' || quote_ident(l.lanname),
        'no pg_dump carries them: grant and revoke them again after the restore'
    from pg_language as l
    where not l.lanispl and l.lanacl is not null
    union all
    select
        'invariant/privileges', 'kind=schema object=public', 'the owner of schema public', 'pg_dump before 15 takes it for the default'
    from pg_namespace as n
    where n.nspname = 'public' and n.nspowner <> 10 and current_setting('pgroundtrip.pg_dump_major')::int < 15
    union all
    select
        'invariant/privileges', 'kind=schema object=public', 'that not everyone may use schema public',
        'the schema was recreated, and pg_dump before 15 takes it for the original one: after the restore, run revoke create, usage on schema public from public'
    from pg_namespace as n
    where n.nspname = 'public' and n.nspowner = 10 and current_setting('pgroundtrip.pg_dump_major')::int < 15
        and n.oid >= 16384 and not exists (select from aclexplode(n.nspacl) where grantee = 0 and privilege_type = 'CREATE')
    union all
    select
        'invariant/privileges', 'kind=schema object=public', 'the right of everyone to create objects in schema public',
        'PostgreSQL 15 no longer grants it, and pg_dump before 15 takes it for the default'
    from pg_namespace as n
    where n.nspname = 'public' and n.nspowner = 10 and current_setting('pgroundtrip.pg_dump_major')::int < 15
        and exists (select from aclexplode(n.nspacl) where grantee = 0 and privilege_type = 'CREATE')
    union all
    select
        'invariant/comments', 'kind=schema object=public', 'the comment on schema public',
        'pg_dump before 15 takes it for the default'
    from pg_namespace as n
    where n.nspname = 'public'
        and current_setting('pgroundtrip.pg_dump_major')::int < 15
        and obj_description(n.oid, 'pg_namespace') is distinct from 'standard public schema'
    union all
    select
        'invariant/comments', 'kind=type object=' || t.oid::regtype, 'the comment on the multirange type ' || t.oid::regtype,
        'no pg_dump carries it, because the range type creates the multirange type: comment on it again after the restore'
    from pg_type as t
    where t.typtype = 'm' and t.oid >= 16384 and obj_description(t.oid, 'pg_type') is not null
    union all
    select
        'invariant/privileges', 'kind=' || f.type || ' object=' || f.identity, 'grants on the ' || f.type || ' ' || f.identity,
        'a range type creates it, and no pg_dump carries its grants: grant and revoke them again after the restore'
    from pg_proc as p
    join pg_depend as d on d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.refclassid = 'pg_type'::regclass and d.deptype = 'i'
    cross join lateral pg_identify_object('pg_proc'::regclass, p.oid, 0) as f
    where p.oid >= 16384 and p.proacl <> acldefault('f', p.proowner)
    union all
    select '', '', 'grants on the multirange type ' || t.oid::regtype, 'its range type creates it, and no pg_dump carries its grants: grant and revoke them again after the restore'
    from pg_type as t
    where t.typtype = 'm' and t.oid >= 16384 and t.typacl <> acldefault('T', t.typowner)
    union all -- 18 and later
    select
        'invariant/constraints', format('schema=%s of=%s constraint=%s', n.nspname, c.relname, name),
        format('the name of the not null constraint %I of the partition %I.%I', k.conname, n.nspname, c.relname),
        'it is not valid, so a restore creates it from the constraint of the partitioned table, under that name: ' || quote_ident(first.conname)
    from pg_constraint as k
    join pg_class as c on c.oid = k.conrelid and c.relispartition
    join pg_namespace as n on n.oid = c.relnamespace
    join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
    cross join lateral (
        select p.conname
        from pg_partition_ancestors(k.conrelid) with ordinality as above (oid, n)
        join pg_constraint as p on p.conrelid = above.oid and p.contype = 'n' and not p.convalidated
        join pg_attribute as pa on pa.attrelid = p.conrelid and pa.attnum = p.conkey[1] and pa.attname = a.attname
        order by above.n desc
        limit 1
    ) as first
    cross join unnest(array[k.conname, first.conname]) as name
    where k.contype = 'n' and not k.convalidated and first.conname <> k.conname
    union all
    select
        'invariant/indexes', 'schema=' || n.nspname || ' index=' || c.relname, 'the invalid index ' || c.oid::regclass,
        'pg_dump leaves it out; repair it with reindex, or drop it'
    from pg_index as i
    join pg_class as c on c.oid = i.indexrelid
    join pg_namespace as n on n.oid = c.relnamespace
    where not i.indisvalid and c.relkind = 'i' and n.nspname !~ '^pg_toast'
    union all
    select
        'invariant/columns', format('schema=%s relation=%s column=%s', n.nspname, c.relname, f.attname),
        format('the %s of the column %I of %I.%I', replace(f.what, 'not_null', 'missing NOT NULL'), f.attname, n.nspname, c.relname),
        format('it is the default, which no pg_dump writes, and the parent''s is another: after the restore, run alter table only %I.%I alter column %I %s',
            n.nspname, c.relname, f.attname, case f.what when 'not_null' then 'drop not null' when 'compression' then 'set compression default'
                else 'set storage ' || case t.typstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' else 'extended' end end)
    from (select distinct oid, attname, what from inherited where is_changed) as f
    join pg_class as c on c.oid = f.oid
    join pg_namespace as n on n.oid = c.relnamespace
    join pg_attribute as a on a.attrelid = f.oid and a.attname = f.attname
    join pg_type as t on t.oid = a.atttypid
    union all
    select 'invariant/' || query, key, format('the %s on %s', concat_ws(' ', kind, quote_ident(nullif(name, ''))), of::regclass),
        format('no archive holds what was added to a table of extension %s: keep the statement that made it, and run it again after the restore', extension)
    from added
    union all -- create table ... (like ... including identity) makes them
    select
        'invariant/sequence_definitions', format('schema=%s sequence=%s', n.nspname, c.relname),
        format('the %s of the sequence %I.%I', what, n.nspname, c.relname),
        format('it is not that of its identity column, and no pg_dump writes it: run alter sequence %I.%I as %s', n.nspname, c.relname,
            format_type(a.atttypid, null))
    from pg_sequence as s
    join limits on limits.type = s.seqtypid
    join pg_class as c on c.oid = s.seqrelid
    join pg_namespace as n on n.oid = c.relnamespace
    join pg_depend as d on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.refclassid = 'pg_class'::regclass and d.deptype = 'i'
    join pg_attribute as a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid and a.atttypid <> s.seqtypid
    cross join unnest(array['type', case when seqincrement > 0 and seqmax = top then 'maximum' when seqincrement < 0 and seqmin = bottom then 'minimum' end])
        as what
    where what is not null
    union all -- pglogical creates such triggers
    select
        'invariant/triggers', format('schema=%s table=%s trigger=%s', n.nspname, c.relname, g.tgname),
        format('the internal trigger %I on %I.%I', g.tgname, n.nspname, c.relname),
        'no pg_dump carries internal triggers, which extensions create: have the extension create it again after the restore'
    from pg_trigger as g
    join pg_class as c on c.oid = g.tgrelid
    join pg_namespace as n on n.oid = c.relnamespace
    where g.tgisinternal and g.tgconstraint = 0 and g.tgparentid = 0
) as expected (query, key, what, reason)
order by query collate "C", key collate "C", what collate "C";

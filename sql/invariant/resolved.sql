-- resolved.sql: the operators and casts outside pg_catalog that a definition uses but does not always print.
--
-- Reads    pg_depend, pg_cast, and the parsed definitions that use such an operator or cast
-- Prints   kind, object, uses, times; ordered by kind, object, uses. times is the number of uses. If rows are grouped, 18 stores an
--          expression once, older majors as often as it is written: then it is the number of forms in which an operator is
--          used, because a restore changes all uses of one form alike, and NULL for a cast
-- Key      kind, object, uses
-- Class    definition
-- Keeps    names, definitions and digests
-- Hint     the restored definition uses another operator or cast than at the source, although its text is the same. JOIN USING, NATURAL JOIN, NULLIF, IS DISTINCT FROM, CASE x WHEN and row comparisons are printed without the schema of their operator, so a restore takes the one in pg_catalog (for citext, that of text), or none: at the source, write them with = or <>, as JOIN ON and CASE WHEN x = y. If a cast was created after the object that uses it: at the source, create that object again
-- Healthy  the same before and after
--
-- A restore can change the meaning of such a definition without changing its text, so no other file notices.
with member as materialized (
    select classid, objid from pg_depend where deptype = 'e' and refclassid = 'pg_extension'::regclass
),
shipped as ( -- members of extensions, and their parts: rules, constraints, defaults
    select classid, objid from member
    union all
    select d.classid, d.objid
    from pg_depend as d
    join member as m on m.classid = d.refclassid and m.objid = d.refobjid
    where d.deptype in ('a', 'i') and d.refclassid in ('pg_class'::regclass, 'pg_type'::regclass)
),
bare as ( -- casts without a function: no definition depends on one
    select oid, castsource, casttarget
    from pg_cast
    where oid >= 16384 and castmethod = 'b' and ('pg_cast'::regclass, oid) not in (select classid, objid from member)
),
used as materialized (
    select classid, objid, objsubid, refclassid, refobjid
    from pg_depend
    where deptype = 'n'
        and refobjid >= 16384
        and (refclassid = 'pg_operator'::regclass
            or refclassid = 'pg_proc'::regclass and refobjid in (select castfunc from pg_cast))
        and classid not in ('pg_operator'::regclass, 'pg_opclass'::regclass, 'pg_opfamily'::regclass, 'pg_amop'::regclass, 'pg_cast'::regclass)
        and (classid, objid) not in (select classid, objid from shipped)
    union all
    select d.classid, d.objid, 0, 'pg_cast'::regclass, bare.oid
    from bare
    cross join (select distinct classid, objid from pg_depend where objid >= 16384 and classid not in ('pg_cast'::regclass, 'pg_extension'::regclass)) as d
    where (d.classid, d.objid) not in (select classid, objid from shipped)
),
parsed as materialized (
    select *, case classid
        when 'pg_rewrite'::regclass then (select to_jsonb(r) from pg_rewrite as r where r.oid = objid)
        when 'pg_constraint'::regclass then (select to_jsonb(c) from pg_constraint as c where c.oid = objid)
        when 'pg_attrdef'::regclass then (select to_jsonb(a) from pg_attrdef as a where a.oid = objid)
        when 'pg_class'::regclass then coalesce(
            (select to_jsonb(i) from pg_index as i where i.indexrelid = objid),
            (select to_jsonb(p) from pg_partitioned_table as p where p.partrelid = objid)
        )
        when 'pg_type'::regclass then (select to_jsonb(t) from pg_type as t where t.oid = objid)
        when 'pg_policy'::regclass then (select to_jsonb(p) from pg_policy as p where p.oid = objid)
        when 'pg_trigger'::regclass then (select to_jsonb(t) from pg_trigger as t where t.oid = objid)
        when 'pg_proc'::regclass then (select to_jsonb(p) - 'prosrc' from pg_proc as p where p.oid = objid)
        when 'pg_statistic_ext'::regclass then (select to_jsonb(s) from pg_statistic_ext as s where s.oid = objid)
        when 'pg_publication_rel'::regclass then (select to_jsonb(p) from pg_publication_rel as p where p.oid = objid)
    end::text as tree
    from used
),
counted as materialized (
    select *, (select count(*) from regexp_matches(tree, pattern, 'g')) as times, tree ~ ':groupClause \(' as is_grouped
    from parsed
    left join bare on bare.oid = refobjid and refclassid = 'pg_cast'::regclass
    cross join lateral (
        select case refclassid
            when 'pg_proc'::regclass then format(':funcid %s\M', refobjid)
            when 'pg_operator'::regclass then format(':opno(s \(o( [0-9]+)*)? %s\M', refobjid)
            else format('\{RELABELTYPE :arg \{(VAR|PARAM|CONST|CASETESTEXPR|FUNCEXPR|FIELDSELECT) [^{}]*:(vartype|paramtype|consttype|typeId|funcresulttype|resulttype) %s [^{}]*'
                || '(\{([^{}]|\{([^{}]|\{[^{}]*\})*\})*\}[^{}]*)*\} :resulttype %s\M', castsource, casttarget)
        end as pattern
    ) as p
),
formed as (
    select *, case
        when not is_grouped then times
        when refclassid = 'pg_operator'::regclass then (
            select count(*)
            from unnest(array[
                '\{OPEXPR :opno %s\M', '\{DISTINCTEXPR :opno %s\M', '\{NULLIFEXPR :opno %s\M', '\{SCALARARRAYOPEXPR :opno %s\M',
                ':opnos \(o( [0-9]+)* %s\M', -- comparisons of rows, CASE x WHEN, IN of rows, JOIN USING
                ':opno %s\M[^{}]*\(\{(RELABELTYPE :arg \{)?CASETESTEXPR ',
                ':testexpr ((?!:operName).)*:opno %s\M', ':usingClause \(((?!:rtindex).)*:opno %s\M'
            ]) as form
            where tree ~ format(form, refobjid)
        )
        end as printed
    from counted
    where times > 0 -- operators that sort and group belong to the type, and a restore finds them again
)
select
    o.type collate "C" as kind,
    regexp_replace(o.identity, '\mpg_catalog\.json\M', 'json', 'g') collate "C" as object, -- 16 has it without
    (r.type || ' ' || regexp_replace(r.identity, '\mpg_catalog\.json\M', 'json', 'g')) collate "C" as uses,
    u.printed as times
from formed as u
cross join lateral pg_identify_object(u.classid, u.objid, u.objsubid) as o
cross join lateral pg_identify_object(u.refclassid, u.refobjid, 0) as r
where o.identity !~ '\mpg_temp(_[0-9]+)?\.'
order by kind, object, uses;

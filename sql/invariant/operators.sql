-- operators.sql: every operator. An "=" that is always true would blind a verifier.
--
-- Reads    pg_operator
-- Prints   schema, operator, left_type, right_type, result, function, commutator, negator, restrict, join, merges, hashes,
--          ordered by schema, operator, left_type, right_type
-- Key      schema, operator, left_type, right_type
-- Class    definition
-- Keeps    names, definitions and digests
-- Healthy  the same before and after
--
-- Shell operators (named by another operator but never created, or left over from a dropped one) are not dumped by
-- themselves: the operator that names one creates it.
select
    n.nspname as schema,
    o.oprname as operator,
    case when o.oprleft <> 0 then format_type(o.oprleft, null) end collate "C" as left_type,
    case when o.oprright <> 0 then format_type(o.oprright, null) end collate "C" as right_type,
    case when o.oprresult <> 0 then format_type(o.oprresult, null) end as result,
    o.oprcode::regprocedure as function,
    nullif(o.oprcom, 0)::regoperator as commutator,
    nullif(o.oprnegate, 0)::regoperator as negator,
    nullif(o.oprrest::oid, 0)::regprocedure as restrict,
    nullif(o.oprjoin::oid, 0)::regprocedure as join,
    o.oprcanmerge as merges,
    o.oprcanhash as hashes
from pg_operator as o
join pg_namespace as n on n.oid = o.oprnamespace
where o.oprcode <> 0
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and not exists (
        select from pg_depend as e
        where e.classid = 'pg_operator'::regclass and e.objid = o.oid and e.deptype = 'e'
    )
order by n.nspname collate "C", o.oprname collate "C", left_type, right_type;

-- rights_functions.sql: functions that the queries call and that this role may not execute.
--
-- Reads    pg_proc; the settings pgroundtrip.words and pgroundtrip.needed_words: the words of all queries, and of those that
--          a dump cannot do without
-- Prints   what text, remedy text (a statement for an administrator), is_needed boolean; ordered
-- Healthy  no rows; a superuser lacks nothing, and the query then returns at once
select what, remedy, is_needed
from (
    select
        'function ' || p.oid::regprocedure,
        format('grant execute on function pg_catalog.%s to %s', p.oid::regprocedure, quote_ident(current_user)),
        (p.proname = any (current_setting('pgroundtrip.needed_words')::text[])) is true -- "null" may be among the words
    from pg_proc as p
    where p.pronamespace = 'pg_catalog'::regnamespace
        and p.proname in (select unnest(current_setting('pgroundtrip.words')::name[]))
        and p.prokind <> 'p'
        and not has_function_privilege(p.oid, 'execute')
) as lacking (what, remedy, is_needed)
where current_setting('is_superuser') = 'off'
order by is_needed desc, what collate "C";

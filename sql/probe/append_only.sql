-- append_only.sql: UPDATE, DELETE and TRUNCATE on the audit chain are still refused.
--
-- Does     tries each, first normally and then, if the role may set it, under
--          session_replication_role = replica, which bypasses triggers that are not "always"
-- Prints   fault text: a statement that was not refused, or refused for another reason
-- Healthy  no rows
create function pg_temp.fault(statement text) returns text
language plpgsql
as $$
begin
    execute statement;
    return 'not refused: ' || statement;
exception
    when restrict_violation then
        return null;
    when others then
        return 'refused for another reason: ' || statement || ': ' || sqlerrm;
end
$$;

create function pg_temp.fault_as_replica(statement text) returns text
language plpgsql
as $$
begin
    perform set_config('session_replication_role', 'replica', true);
    return 'as replica, ' || pg_temp.fault(statement);
exception
    when insufficient_privilege then
        return null; -- a role that may not set it cannot bypass a trigger that way
end
$$;

select fault
from (
    values
        (pg_temp.fault('update public.audit_events set actor = actor')),
        (pg_temp.fault('delete from public.audit_events')),
        (pg_temp.fault('truncate public.audit_events')),
        (pg_temp.fault_as_replica('update public.audit_events set actor = actor')),
        (pg_temp.fault_as_replica('delete from public.audit_events')),
        (pg_temp.fault_as_replica('truncate public.audit_events'))
) as tried (fault)
where fault is not null
order by fault collate "C";

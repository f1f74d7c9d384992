-- walk_by_function.sql: like walk.sql, but the hash is computed by the function that the chain's own
-- trigger calls, so that the two cannot diverge.
--
-- Reads    public.piped_events, which piped.sql builds
-- Prints   first_break_id text, verifier_walked bigint; one row
-- Healthy  first_break_id is null
-- Why      the other common form. The function pins its search_path, as the documentation of CREATE
--          FUNCTION recommends for such functions
create function pg_temp.event_hash(event public.piped_events, last_hash text) returns text
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    return encode(sha256(convert_to(
        coalesce(last_hash, '') || '|' || event.seq || '|' || event.id || '|' || event.actor
        || '|' || event.actor_type || '|' || event.action || '|' || event.resource_type
        || '|' || event.resource_id || '|' || event.details::text || '|' || event.event_category
        || '|' || to_char(event."timestamp" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'UTF8'
    )), 'hex');
end
$$;

create function pg_temp.walk_chain(out first_break_id text, out verifier_walked bigint)
language plpgsql
as $$
declare
    event public.piped_events;
    last_hash text;
begin
    verifier_walked := 0;
    for event in select * from public.piped_events order by seq loop
        if first_break_id is null
            and (event.prev_hash is distinct from last_hash
                or event.row_hash is distinct from pg_temp.event_hash(event, last_hash))
        then
            first_break_id := event.id;
        end if;
        last_hash := event.row_hash;
        verifier_walked := verifier_walked + 1;
    end loop;
end
$$;

select first_break_id, verifier_walked from pg_temp.walk_chain();

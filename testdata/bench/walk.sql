-- walk.sql: the verifier that audit chains usually come with: a loop over the rows, one at a time.
--
-- Reads    public.piped_events, which piped.sql builds
-- Prints   first_break_id text, verifier_walked bigint; one row
-- Healthy  first_break_id is null
-- Why      verify is measured against it. Ordinary code, neither slowed down nor optimised: built-in
--          sha256 instead of an extension, the loop's own cursor, one comparison per row
create function pg_temp.walk_chain(out first_break_id text, out verifier_walked bigint)
language plpgsql
as $$
declare
    event record;
    last_hash text;
    computed text;
begin
    verifier_walked := 0;
    for event in select * from public.piped_events order by seq loop
        computed := encode(sha256(convert_to(
            coalesce(last_hash, '') || '|' || event.seq || '|' || event.id || '|' || event.actor
            || '|' || event.actor_type || '|' || event.action || '|' || event.resource_type
            || '|' || event.resource_id || '|' || event.details::text || '|' || event.event_category
            || '|' || to_char(event."timestamp" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            'UTF8'
        )), 'hex');
        if first_break_id is null
            and (event.prev_hash is distinct from last_hash or event.row_hash is distinct from computed)
        then
            first_break_id := event.id;
        end if;
        last_hash := event.row_hash;
        verifier_walked := verifier_walked + 1;
    end loop;
end
$$;

select first_break_id, verifier_walked from pg_temp.walk_chain();

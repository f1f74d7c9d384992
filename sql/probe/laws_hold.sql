-- laws_hold.sql: the constraints of the table still refuse what they refused before.
--
-- Does     tries to insert one invalid event per constraint
-- Prints   fault text: an event that was not refused, or refused for another reason
-- Healthy  no rows
create function pg_temp.fault(law text, state text, columns text, new_values text) returns text
language plpgsql
as $$
begin
    execute format('insert into public.audit_events (%s) values (%s)', columns, new_values);
    return 'not refused: ' || law;
exception
    when others then
        if sqlstate = state then
            return null;
        end if;
        return 'refused for another reason: ' || law || ': ' || sqlerrm;
end
$$;

-- An event that is valid except for what "moment" or "extra" changes.
create function pg_temp.fault_at(law text, moment text) returns text
language sql
as $$
    select pg_temp.fault(
        law, '23514', 'id, actor, actor_type, action, resource_type, resource_id, "timestamp"',
        format('''probe-law'', ''a'', ''a'', ''a'', ''a'', ''a'', %L', moment)
    )
$$;

create function pg_temp.fault_without(column_name text) returns text
language sql
as $$
    select pg_temp.fault(
        column_name || ' is not null', '23502',
        'id, actor, actor_type, action, resource_type, resource_id, details, event_category, "timestamp"',
        string_agg(
            case when name = column_name then 'null' when name = 'details' then '''{}''' when name = 'timestamp' then '''2026-01-01''' else '''probe-law''' end,
            ', ' order by position
        )
    )
    from unnest(array['id', 'actor', 'actor_type', 'action', 'resource_type', 'resource_id', 'details', 'event_category', 'timestamp'])
        with ordinality as columns (name, position)
$$;

create function pg_temp.fault_link(law text, chain_column text, new_value text) returns text
language sql
as $$
    select pg_temp.fault(
        law, '23514', 'id, actor, actor_type, action, resource_type, resource_id, ' || chain_column,
        '''probe-law'', ''a'', ''a'', ''a'', ''a'', ''a'', ' || new_value
    )
$$;

select fault
from (
    select pg_temp.fault_at('a timestamp is finite', 'infinity')
    union all
    select pg_temp.fault_at('a timestamp is not before year 1', '0044-03-15 00:00:00+00 BC')
    union all
    select pg_temp.fault_at('a timestamp is not after year 9999', '10000-01-01 00:00:00+00')
    union all
    select pg_temp.fault_without(name)
    from unnest(array['id', 'actor', 'actor_type', 'action', 'resource_type', 'resource_id', 'details', 'event_category', 'timestamp']) as name
    union all
    select pg_temp.fault_link('a seq of its own is refused', 'seq', '4711')
    union all
    select pg_temp.fault_link('a forged row_hash is refused', 'row_hash', '''' || repeat('0', 64) || '''')
    union all
    select pg_temp.fault_link('a forged prev_hash is refused', 'prev_hash', '''' || repeat('0', 64) || '''')
    union all
    select pg_temp.fault(
        'an id is used once', '23505', 'id, actor, actor_type, action, resource_type, resource_id',
        format('%L, ''a'', ''a'', ''a'', ''a'', ''a''', id)
    )
    from (select id from public.audit_events order by seq limit 1) as first
) as tried (fault)
where fault is not null
order by fault collate "C";

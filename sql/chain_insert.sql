-- chain_insert.sql: the trigger that links each new audit event to the last one.
--
-- Builds   public.audit_events_link() and its trigger
-- Prints   nothing
-- Links    a row that sets none of seq, prev_hash and row_hash: the trigger computes all three
-- Refuses  a row that brings its own values, as a data-only restore does, unless they are exactly
--          what the trigger would have computed: it never makes a forged row look genuine
--
-- The payload is a list of SQL literals: quoting separates the fields unambiguously, and NULL
-- differs from ''. format() was the fastest unambiguous form that we measured: 1.25 times the
-- cost of the ambiguous '|' join; json_build_array costs 1.75 times. verify_chain.sql and
-- canonical_payload.sql repeat the expression: a check calls no function from the archive.
--
-- Cost     constant per row, whatever was inserted before. The lock row is updated only once per
--          transaction, because each later row would have to scan its dead versions. The end of
--          the primary key is searched only once per transaction, because each later row would
--          scan the dead entries that a large rolled-back insert left there. Later rows look up
--          exactly the key that they follow: a search for "the last key up to n" compares half a
--          page of keys. Settings are assigned (:=), not performed: PL/pgSQL evaluates an
--          expression without a table directly instead of running it as a query
-- Plans    are cached for the session: a plan made while the table was small would scan the whole
--          table for each row. Hence enable_seqscan = off; each query here must have an index
-- Locks    from the first insert to the end of the transaction. An application that inserts an
--          event on a second connection while its first one holds the lock waits for itself.
-- Rights   a writer needs insert and select on audit_events, select and update on audit_chain_lock
create function public.audit_events_link() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
declare
    brought_seq bigint := new.seq;
    brought_prev_hash text := new.prev_hash;
    brought_row_hash text := new.row_hash;
    kept text;
begin
    -- Both settings are local to the transaction and go back with a savepoint, just as the row lock
    -- and the rows do. To forge them only earns an error: the primary key refuses a second row.
    if current_setting('audit_chain.locked_by', true) is distinct from pg_current_xact_id()::text then
        update public.audit_chain_lock set is_locked = true where is_locked;
        if not found then
            raise exception 'audit_chain_lock has lost its row'
                using errcode = 'object_not_in_prerequisite_state',
                    hint = 'Put it back: insert into public.audit_chain_lock default values;';
        end if;
        kept := set_config('audit_chain.locked_by', pg_current_xact_id()::text, true);
        select seq + 1, row_hash into new.seq, new.prev_hash from public.audit_events
        order by seq desc limit 1;
    else
        select seq + 1, row_hash into new.seq, new.prev_hash from public.audit_events
        where seq = current_setting('audit_chain.tail', true)::bigint;
        if not found then -- the row named last met "on conflict do nothing"
            select seq + 1, row_hash into new.seq, new.prev_hash from public.audit_events
            where seq <= current_setting('audit_chain.tail', true)::bigint
            order by seq desc limit 1;
        end if;
    end if;

    new.seq := coalesce(new.seq, 1);
    new.row_hash := encode(sha256(convert_to(format(
        'audit_events/1 seq=%s prev_hash=%L id=%L actor=%L actor_type=%L action=%L'
        ' resource_type=%L resource_id=%L event_category=%L timestamp=%s details=%s',
        new.seq, new.prev_hash, new.id, new.actor, new.actor_type, new.action,
        new.resource_type, new.resource_id, new.event_category,
        to_char(new."timestamp" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        new.details
    ), 'UTF8')), 'hex');

    if num_nonnulls(brought_seq, brought_prev_hash, brought_row_hash) > 0
        and (brought_seq, brought_prev_hash, brought_row_hash)
            is distinct from (new.seq, new.prev_hash, new.row_hash)
    then
        raise exception 'audit event "%" does not continue the chain', new.id
            using errcode = 'check_violation', schema = 'public', table = 'audit_events',
                constraint = 'audit_events_link',
                detail = format(
                    'It came with seq %L, prev_hash %L, row_hash %L; the chain gives seq %L, prev_hash %L, row_hash %L.',
                    brought_seq, brought_prev_hash, brought_row_hash,
                    new.seq, new.prev_hash, new.row_hash
                ),
                hint = 'Leave out seq, prev_hash and row_hash to append an event. '
                    'In a restore: the row was changed, or rows before it are missing.';
    end if;
    kept := set_config('audit_chain.tail', new.seq::text, true);
    return new;
end
$$;

create trigger audit_events_link
before insert on public.audit_events
for each row execute function public.audit_events_link();

alter table public.audit_events enable always trigger audit_events_link;

comment on function public.audit_events_link() is
    'Links a new audit event to the last one; refuses one that brings another link.';
comment on trigger audit_events_link on public.audit_events is
    'Links each new audit event to the one before it.';

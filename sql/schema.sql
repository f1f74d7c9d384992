-- schema.sql: the audit table, its constraints, and the guard that keeps it append-only.
--
-- Builds   public.audit_events, public.audit_chain_lock and their guards
-- Prints   nothing
-- Then     chain_insert.sql adds the trigger that links each row to the one before it
create table public.audit_events (
    seq bigint not null,
    id text not null,
    actor text not null,
    actor_type text not null,
    action text not null,
    resource_type text not null,
    resource_id text not null,
    details jsonb not null default '{}',
    event_category text not null default 'cert_lifecycle',
    "timestamp" timestamptz not null default pg_catalog.clock_timestamp(),
    prev_hash text,
    row_hash text not null,
    -- The order of the chain. Timestamps give no order: honest writers commit in a different one.
    constraint audit_events_pkey primary key (seq),
    constraint audit_events_id_is_unique unique (id),
    constraint audit_events_seq_starts_at_1 check (seq >= 1),
    -- Only the first row has no predecessor.
    constraint audit_events_only_the_first_row_has_no_prev_hash
        check ((prev_hash is null) = (seq = 1)),
    -- Two tests, of length and letters: '^[0-9a-f]{64}$' takes 15 times as long, a third of an append.
    constraint audit_events_prev_hash_is_sha256_hex
        check (pg_catalog.length(prev_hash) = 64 and prev_hash collate "C" !~ '[^0-9a-f]'),
    constraint audit_events_row_hash_is_sha256_hex
        check (pg_catalog.length(row_hash) = 64 and row_hash collate "C" !~ '[^0-9a-f]'),
    -- The payload writes a time as YYYY-MM-DDTHH:MI:SS.US: infinity has no such form, and a year
    -- before 1 or after 9999 would look like another year.
    constraint audit_events_timestamp_is_finite
        check (pg_catalog.isfinite("timestamp")),
    constraint audit_events_timestamp_is_in_years_1_to_9999
        check ("timestamp" >= '0001-01-01 00:00:00+00' and "timestamp" < '10000-01-01 00:00:00+00')
);

-- The one row that every writing transaction updates once. It makes writers wait for each other, and
-- PostgreSQL itself raises 40001 (retry) in a transaction whose snapshot of the chain is stale.
create table public.audit_chain_lock (
    is_locked boolean not null default true,
    constraint audit_chain_lock_pkey primary key (is_locked),
    constraint audit_chain_lock_has_one_row check (is_locked)
);

insert into public.audit_chain_lock default values;

create function public.audit_chain_lock_keep_one() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if exists (select from public.audit_chain_lock) then
        return null;
    end if;
    return new;
end
$$;

create trigger audit_chain_lock_keep_one
before insert on public.audit_chain_lock
for each row execute function public.audit_chain_lock_keep_one();

create function public.audit_events_append_only() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    raise exception '% on table audit_events is refused: the audit chain is append-only', tg_op
        using errcode = 'restrict_violation', schema = 'public', table = 'audit_events',
            hint = 'Correct an event by inserting another one.';
end
$$;

-- Per statement, so that an UPDATE that matches no row is refused too.
create trigger audit_events_append_only
before update or delete or truncate on public.audit_events
for each statement execute function public.audit_events_append_only();

-- "always": also under session_replication_role = replica.
alter table public.audit_events enable always trigger audit_events_append_only;
alter table public.audit_chain_lock enable always trigger audit_chain_lock_keep_one;

comment on table public.audit_events is
    'Append-only audit events, each chained to the one before it by SHA-256.';
comment on column public.audit_events.seq is 'Position in the chain: 1, 2, 3 ... without gaps.';
comment on column public.audit_events.id is 'Name of the event, given by the writer.';
comment on column public.audit_events.actor is 'Who did it.';
comment on column public.audit_events.actor_type is 'What kind of actor: user, service ...';
comment on column public.audit_events.action is 'What was done, as subject.verb.';
comment on column public.audit_events.resource_type is 'What kind of thing it was done to.';
comment on column public.audit_events.resource_id is 'Which one.';
comment on column public.audit_events.details is 'Anything else, as JSON.';
comment on column public.audit_events.event_category is 'Group of actions, for retention and reports.';
comment on column public.audit_events."timestamp" is 'When it happened, by the writer''s clock.';
comment on column public.audit_events.prev_hash is 'row_hash of the row before; NULL in the first.';
comment on column public.audit_events.row_hash is 'SHA-256 of the canonical payload, in hex.';
comment on table public.audit_chain_lock is
    'One row, updated once by each transaction that appends to audit_events.';
comment on function public.audit_chain_lock_keep_one() is
    'Ignores a second lock row, so that a data-only restore into a built schema works.';
comment on function public.audit_events_append_only() is
    'Refuses UPDATE, DELETE and TRUNCATE on audit_events.';
comment on trigger audit_chain_lock_keep_one on public.audit_chain_lock is
    'Keeps the lock table at one row.';
comment on trigger audit_events_append_only on public.audit_events is
    'Keeps the audit chain append-only.';

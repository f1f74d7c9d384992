-- 26_triggers.sql: triggers of every time, event, level and mode.
--
-- Holds    rows that the triggers changed, and rows inserted while they were off; a restore fires none of them
create table zoo.trigger_log (
    n integer generated always as identity primary key,
    what text
);
create function zoo.note_trigger() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp
    as $body$
begin
    insert into zoo.trigger_log (what)
    values (concat_ws(' ', tg_name, tg_when, tg_op, tg_level, tg_table_name, array_to_string(tg_argv, '|')));
    if tg_op = 'DELETE' then
        return old;
    end if;
    return new;
end
$body$;
create function zoo.change_row() returns trigger
    language plpgsql
    as $body$
begin
    new.note := coalesce(new.note, 'null') || ' changed'; -- firing twice would show
    return new;
end
$body$;
create function zoo.note_transition() returns trigger
    language plpgsql
    as $body$
begin
    insert into zoo.trigger_log (what)
    select tg_name || ' saw ' || pg_catalog.count(*) from fresh;
    return null;
end
$body$;

create table zoo.watched (id integer primary key, note text, n integer);
create trigger a_before_row before insert or update on zoo.watched
    for each row execute function zoo.change_row();
create trigger b_after_row after insert or delete or update of note, n on zoo.watched
    for each row execute function zoo.note_trigger('one', 'it''s', E'tab\there', '');
create trigger c_when before update on zoo.watched
    for each row when (old.n is distinct from new.n and new.note <> 'it''s') execute function zoo.note_trigger();
create trigger d_statement before truncate or delete on zoo.watched
    for each statement execute function zoo.note_trigger('statement');
create trigger e_transition after insert on zoo.watched
    referencing new table as fresh
    for each statement execute function zoo.note_transition();
create trigger f_two_tables after update on zoo.watched
    referencing old table as stale new table as fresh
    for each row execute function zoo.note_transition();
create constraint trigger h_constraint_from after insert on zoo.watched
    from zoo.targets not deferrable
    for each row execute function zoo.note_trigger();
create trigger i_disabled before insert on zoo.watched
    for each row execute function zoo.change_row();
create trigger j_replica after insert on zoo.watched
    for each row execute function zoo.note_trigger();
create trigger k_always after insert on zoo.watched
    for each row execute function zoo.note_trigger('always');
create trigger l_origin after insert on zoo.watched
    for each row execute function zoo.note_trigger('origin');
alter table zoo.watched disable trigger i_disabled;
alter table zoo.watched enable replica trigger j_replica;
alter table zoo.watched enable always trigger k_always;
insert into zoo.watched values (1, 'first', 1), (2, null, 200);
update zoo.watched set n = n + 1 where id = 1;
alter table zoo.watched disable trigger a_before_row;
insert into zoo.watched values (3, 'unchanged', 3);
alter table zoo.watched enable trigger a_before_row;
create constraint trigger g_constraint after insert or update on zoo.watched
    deferrable initially deferred
    for each row when (new.n > 100) execute function zoo.note_trigger('constraint');

create table zoo.all_triggers_off (id integer primary key, note text);
create trigger off_1 before insert on zoo.all_triggers_off for each row execute function zoo.change_row();
create trigger off_2 after insert on zoo.all_triggers_off for each row execute function zoo.note_trigger();
alter table zoo.all_triggers_off disable trigger user;
insert into zoo.all_triggers_off values (1, null);

create view zoo.watched_view as
select id, note from zoo.watched where n < 1000;
create function zoo.insert_through_view() returns trigger
    language plpgsql
    as $body$
begin
    insert into zoo.watched (id, note, n) values (new.id, new.note, 0);
    return new;
end
$body$;
create trigger instead_of_insert instead of insert on zoo.watched_view
    for each row execute function zoo.insert_through_view();
insert into zoo.watched_view values (4, 'through a view');

create trigger sales_after after insert on zoo_part.sales -- cloned onto every partition
    for each row execute function zoo.note_trigger('partitioned');
alter table zoo_part.sales_2023 disable trigger sales_after;
create trigger sales_leaf before insert on zoo_part.sales_2023
    for each row execute function zoo.note_trigger('leaf');
create trigger twin_name after truncate on zoo.checks for each statement execute function zoo.note_trigger();
create trigger twin_name after truncate on zoo.texts for each statement execute function zoo.note_trigger();
create trigger built_in before update on zoo.rolled_over
    for each row execute function pg_catalog.suppress_redundant_updates_trigger();
-- A trigger that would empty a table if it fired during a restore.
create function zoo.swallow() returns trigger language plpgsql as $$ begin return null; end $$;
create table zoo.swallowed (id integer primary key);
insert into zoo.swallowed values (1), (2);
create trigger swallow before insert on zoo.swallowed for each row execute function zoo.swallow();

insert into zoo.watched values (5, 'deferred to the end', 500);

comment on trigger b_after_row on zoo.watched is 'Writes a log.';
comment on trigger instead_of_insert on zoo.watched_view is 'On a view.';

-- function_atomic_needs14.sql: zoo_new.atomic_rows(integer): a literal in a parsed body.
-- Caught by  functions
create or replace function zoo_new.atomic_rows(lowest integer) returns setof zoo.pair
    language sql stable
    begin atomic
        select id, note from zoo.watched where id >= lowest;
        select w.id, coalesce(w.note, 'it''s; even') from zoo.watched as w where w.id >= lowest order by w.id;
    end;

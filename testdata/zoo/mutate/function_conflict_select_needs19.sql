-- function_conflict_select_needs19.sql: zoo_new.got_or_made: locks the row less.
-- Caught by  functions
create or replace function zoo_new.got_or_made(wanted integer) returns setof integer
    language sql
    begin atomic
        insert into zoo_new.enforced_later (id, n) values (wanted, 1)
            on conflict (id) do select for share where enforced_later.n > 0 returning enforced_later.n;
    end;

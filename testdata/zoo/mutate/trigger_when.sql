-- trigger_when.sql: zoo.watched.c_when: another literal.
-- Caught by  triggers
drop trigger c_when on zoo.watched;
create trigger c_when before update on zoo.watched
    for each row when (old.n is distinct from new.n and new.note <> 'it is') execute function zoo.note_trigger();

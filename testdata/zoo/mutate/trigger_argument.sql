-- trigger_argument.sql: zoo.watched.d_statement: another argument.
-- Caught by  triggers
drop trigger d_statement on zoo.watched;
create trigger d_statement before truncate or delete on zoo.watched
    for each statement execute function zoo.note_trigger('statements');

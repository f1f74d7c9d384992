-- language.sql: plbare: trusted.
-- Caught by  languages
drop language plbare;
create trusted language plbare
    handler zoo.pltwin_handler;

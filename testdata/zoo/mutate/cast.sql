-- cast.sql: text as zoo.pair: explicit only.
-- Caught by  casts
drop cast (text as zoo.pair);
create cast (text as zoo.pair) with function zoo.text_to_pair(text);

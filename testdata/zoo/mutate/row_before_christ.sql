-- row_before_christ.sql: zoo.dates: BC becomes AD, which to_char prints alike.
-- Caught by  tables
update zoo.dates
set instant = '0044-03-15 00:00:00+00'
where id = 6;

-- row_swapped.sql: zoo.integers: two rows exchange one value each; the sum of every column is the same.
-- Caught by  tables
update zoo.integers
set small = case id when 2 then 32767 else -32768 end
where id in (2, 3);

-- row_multirange_needs14.sql: zoo_new.multiranges: 1.00 becomes 1.0 in a multirange.
-- Caught by  tables
update zoo_new.multiranges
set nums = '{[1.0,1.0],(2,Infinity)}'
where id = 4;

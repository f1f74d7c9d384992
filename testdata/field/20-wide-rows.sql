-- 20-wide-rows: a row that COPY can carry, and row()::text cannot.
-- Long        one row of 270 MB
create table big (id int primary key, a text[]);
insert into big values (1, array[repeat('"', 270000000)]);

-- 93-r3-recursive-view: create recursive view is another matter, and a view whose function returns its row type comes
-- back.
create table projects (id int primary key, parent int);
insert into projects values (1, null), (2, 1), (3, 2);
create recursive view tree (id, depth) as
    select id, 1 from projects where parent is null
    union all select p.id, t.depth + 1 from projects as p join tree as t on p.parent = t.id;
create view rows_of as select * from projects;
create function of_rows() returns setof rows_of language sql as 'select 1, 2';
create or replace view rows_of as select f.* from of_rows() as f;

-- 94-r4-array-prepend-behind-an-operator: own functions around built-in ones, also behind an operator.
--
-- Majors    13
-- To        newer
create function before(int[], int) returns int[] language sql immutable as 'select array_prepend($2, $1)';
create operator +| (function = before, leftarg = int[], rightarg = int);
create function first(int[]) returns int language sql immutable as 'select $1[1]';
create aggregate reversed(int) (sfunc = before, stype = int[], initcond = '{}');
create table lists (id int primary key, members int[], check ((array_append(members, 1))[1] is not null));
create index on lists ((array_position(members, 3)));
insert into lists values (1, '{3,2}');

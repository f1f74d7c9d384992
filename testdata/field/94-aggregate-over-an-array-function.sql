-- 94-aggregate-over-an-array-function: as databases of music have a median. Since 14 array_append is declared for
-- anycompatiblearray instead of anyarray; the aggregate is the same.
--
-- Majors    13
-- To        newer
create function _median(int[]) returns int language sql immutable as
    'select x from unnest($1) as x order by x offset array_length($1, 1) / 2 limit 1';
create aggregate median(int) (sfunc = array_append, stype = int[], finalfunc = _median, initcond = '{}');
create view middle as select median(n) from (values (1), (2), (9)) as v (n);

-- 94-r2-moving-aggregate-over-array-functions: in a moving aggregate.
--
-- Majors    13
-- To        newer
create aggregate kept(int) (
    sfunc = array_append, stype = int[], msfunc = array_append, minvfunc = array_remove, mstype = int[], initcond = '{}',
    minitcond = '{}'
);

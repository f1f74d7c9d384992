-- 94-r3-aggregate-over-own-polymorphic-functions: for anyarray and anycompatiblearray, one of each name.
--
-- Majors    13
-- To        newer
create function put(anyarray, anyelement) returns anyarray language sql immutable as 'select $1 || $2';
create function put(anycompatiblearray, anycompatiblearray) returns anycompatiblearray language sql immutable as
    'select $1 || $2';
create aggregate put_one(int) (sfunc = put, stype = int[]);
create aggregate put_all(int[]) (sfunc = put, stype = int[]);

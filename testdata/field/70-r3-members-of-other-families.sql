-- 70-r3-members-of-other-families: additions to a user-defined family are carried, those to built-in families of other access methods are not.
--
-- Names     operator 16 (
-- Names     of pg_catalog.array_ops USING gin in pg_catalog was made there
-- Unnamed   own_family
create type pair as (a int, b int);
create function same(pair, pair) returns bool language sql immutable as 'select $1 = $2';
create operator ~=~ (leftarg = pair, rightarg = pair, function = same);
create operator family own_family using btree;
alter operator family own_family using btree add operator 3 ~=~ (pair, pair);
create function strange(int[], int[]) returns bool language sql immutable as 'select true';
create operator ~~~ (leftarg = int[], rightarg = int[], function = strange);
alter operator family pg_catalog.array_ops using gin add operator 16 ~~~ (int[], int[]);

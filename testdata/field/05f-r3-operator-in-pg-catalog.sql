-- 05f-r3-operator-in-pg-catalog: a view calls an operator and an aggregate that were created there.
--
-- Restore   error: someone created integer @+@ integer in pg_catalog, and an archive has nothing from there
create operator pg_catalog.@+@ (leftarg = int, rightarg = int, function = int4pl);
create aggregate pg_catalog.product (int) (sfunc = int4mul, stype = int);
create view v as select 1 @+@ 2 as a;
create view w as select product(1) as a;

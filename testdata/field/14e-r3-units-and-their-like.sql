-- 14e-r3-units-and-their-like: a quantity with more digits than its text, beside types of other extensions whose text is exact.
--
-- Restore   fails tables: table=t
-- Names     what the text form of public.unit does not hold: 1 row of public.t.u
-- Needs     unit, semver, prefix, ip4r, hll, pg_rational, isn, seg, cube
create extension unit; create extension semver; create extension prefix; create extension ip4r; create extension hll; create extension pg_rational;
create extension isn; create extension seg; create extension cube;
create table t (id int primary key, u unit, v semver, p prefix_range, i iprange, h hll, r rational, ib isbn, s seg, c cube);
insert into t values (1, '1 m'::unit / 7, '1.2.3-rc.1+b', '12[3-4]', '10.0.0.1-10.0.0.9', hll_add(hll_empty(), hll_hash_integer(1)), '1/3'::rational, '0-393-04002-X!', '~6.25(+-)0.50', cube(array[1.0/3, 0.1], array[2, 1e-300]));
insert into t (id, u) select 2, '1 m'::unit / 3;

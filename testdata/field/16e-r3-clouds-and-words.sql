-- 16e-r3-clouds-and-words: types of contrib and of Debian's packages whose text is the value.
--
-- Needs     hstore, ltree, cube, isn, citext, intarray, pgmp
-- Unnamed   does not hold
create extension hstore; create extension ltree; create extension cube; create extension isn; create extension citext; create extension intarray; create extension pgmp;
create table t (id int primary key, h hstore, hs hstore[], l ltree, lq lquery, lt ltxtquery, c cube, i13 issn, e ean13, w citext, q query_int, z mpz, r mpq, a ltree[]);
insert into t values (1, 'a=>1, b=>NULL, "c d"=>""', array['a=>"1,2"'::hstore], 'a.b.c', '*.a{1,2}.!b', 'a & !b*', '(1,2,0.1),(3,4,0.3)', '1436-4522', '978-0-393-04002-9', 'É', '1&(2|!3)', '-12345678901234567890', '-1/3', array['a'::ltree]);

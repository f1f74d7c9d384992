-- 16e-r2-sketches-within: sketches in arrays and composites, in partitions and unlogged tables; one of whole numbers loses nothing.
--
-- Needs     tdigest
-- Names     what the text form of public.tdigest does not hold: 1 row of public.p1.td
-- Names     what the text form of public.tdigest does not hold: 1 row of public.u.list
-- Unnamed   of public.whole
create extension tdigest;
create type named as (n int, td tdigest);
create table p (k int, td named) partition by list (k);
create table p1 partition of p for values in (1);
create unlogged table u (list tdigest[]);
create table whole (td tdigest);
insert into p select 1, row(1, tdigest(1.0/g, 50))::named from generate_series(1, 300) as g group by 1;
insert into u select array[td, null] from (select tdigest(1.0/g, 20) as td from generate_series(3, 100) as g) as s;
insert into whole select tdigest(g, 100) from generate_series(1, 3) as g;

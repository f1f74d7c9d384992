-- 05d-r1-more-member-objects: an operator, an aggregate, a collation, an empty table and a dictionary as members.
--
-- Needs     pg_trgm
-- Names     operator public.@+@(integer,integer) of extension pg_trgm was made a member by hand
-- Names     aggregate public.total(integer) of extension pg_trgm was made a member by hand
-- Names     collation public.own of extension pg_trgm was made a member by hand
-- Names     text search dictionary public.plain of extension pg_trgm was made a member by hand
create extension pg_trgm;
create operator @+@ (function = int4pl, leftarg = int, rightarg = int);
create aggregate total(int) (sfunc = int4pl, stype = int);
create collation own (locale = 'C');
create text search dictionary plain (template = simple);
alter extension pg_trgm add operator @+@ (int, int);
alter extension pg_trgm add aggregate total(int);
alter extension pg_trgm add collation own;
alter extension pg_trgm add text search dictionary plain;

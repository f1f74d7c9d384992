-- 31-r2-not-null-name-of-a-child: names that look like the one that 18 gives, and collide with none.
--
-- Majors    13-17
-- To        newer

create table t (i int not null, j int, constraint u_i_not_null check (j > 0), constraint t_j_not_null check (j is not null));
create table u (k int not null, constraint t_k_not_null check (k > 0));
create index t_i_not_null on t (j);
insert into t values (1, 2);

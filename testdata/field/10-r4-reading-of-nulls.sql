-- 10-r4-reading-of-nulls: if NULL in an array is an ordinary word, an archive means something else by it; it is restored as written, and the check fails.
--
-- Server    array_nulls=off
-- Restore   error: it reads more than its row (another table, a setting, the time)
create table t (id int primary key, list text, check (list::text[] = array['NULL']));
insert into t values (1, '{NULL}');

-- 10-r4-reading-of-nulls: where NULL in an array is a word, an archive means another thing by it; it is restored as it was written, and the check fails.
--
-- Server    array_nulls=off
-- Restore   error: it reads more than its row (another table, a setting, the time)
create table t (id int primary key, list text, check (list::text[] = array['NULL']));
insert into t values (1, '{NULL}');

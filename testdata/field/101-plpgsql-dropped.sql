-- 101-plpgsql-dropped: a new database has the language, the source does not.
--
-- Names     that there is no extension plpgsql
-- To        newer
drop extension plpgsql;
create table t (id int primary key);
insert into t values (1);

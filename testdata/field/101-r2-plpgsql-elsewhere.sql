-- 101-r2-plpgsql-elsewhere: dropped, and the names of its functions used by another language.
--
-- Restore   error: a new database already has a language plpgsql
-- Names     the language plpgsql cannot be restored
drop extension plpgsql;
create function plpgsql_call_handler() returns language_handler language c as '$libdir/plpgsql';
create language plpgsql handler plpgsql_call_handler;
create function f() returns int language plpgsql as $$ begin return 1; end $$;
create table t (id int primary key check (f() = id));
insert into t values (1);

-- 101-r1-plpgsql-made-anew: dropped and created again, it is no longer an object of initdb.
--
-- To        newer
drop extension plpgsql;
create extension plpgsql;
create function f() returns int language plpgsql as $$ begin return 1; end $$;
revoke usage on language plpgsql from public;

-- confine.sql: the role of a confined database, which has the database's name; see role.go. The server runs this text
-- as a whole or not at all.
--
-- Needs    the rights of a superuser; the words in capitals below are replaced by the program
-- Does     creates the role, lets it log in to its database alone, and gives its sessions the defaults of the caller's
set password_encryption = 'scram-sha-256'; -- every password authentication method accepts it
create role NAME login bypassrls password 'PASSWORD'; -- its tables may force row-level security on it
comment on role NAME is 'ROLE_COMMENT';
grant create, connect, temporary on database NAME to NAME;
-- Its login to any other database fails. It may set its password, and connect with dblink, but not undo this.
alter role NAME set session_preload_libraries = 'pgroundtrip: no login to other databases';
alter role NAME in database NAME set session_preload_libraries from current;
MORE
do $$ declare setting text; begin
    grant usage, create on schema public to NAME;
    for setting in
        select (
            select pg_catalog.string_agg(pg_catalog.quote_ident(part), '.')
            from pg_catalog.unnest(pg_catalog.string_to_array(name, '.')) as part
        )
        from pg_catalog.pg_db_role_setting
        cross join pg_catalog.unnest(setconfig) as config
        cross join pg_catalog.split_part(config, '=', 1) as name
        where setdatabase = 0 and setrole = (select oid from pg_catalog.pg_roles where rolname = session_user)
            and name not in ('role', 'session_authorization', 'session_preload_libraries')
    loop
        execute 'alter role NAME set ' || setting || ' from current';
    end loop;
end $$;

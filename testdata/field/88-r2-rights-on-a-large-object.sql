-- 88-r2-rights-on-a-large-object: pg_dump would fail at it, after it has read all tables.
--
-- As        field_bk4
-- Dump      refused: grant select on large object 4711 to field_bk4
do $$ begin
    if not exists (select from pg_roles where rolname = 'field_bk4') then
        create role field_bk4 login;
    end if;
end $$;
select lo_from_bytea(4711, '\x00ff');
select lo_from_bytea(4712, '\x01');
grant select on large object 4712 to field_bk4;

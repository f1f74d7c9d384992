-- 105-r2-rights-on-the-snapshot: without it no dump can agree with its record.
--
-- As        field_bk8
-- Dump      refused: grant execute on function pg_catalog.pg_export_snapshot() to field_bk8
do $$ begin
    if not exists (select from pg_roles where rolname = 'field_bk8') then
        create role field_bk8 login;
    end if;
end $$;
revoke execute on function pg_catalog.pg_export_snapshot(), pg_catalog.query_to_xml(text, boolean, boolean, text) from public;

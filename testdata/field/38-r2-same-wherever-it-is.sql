-- 38-r2-same-wherever-it-is: views that read the catalogs and the session, but hold the same in the copy.
--
-- Unnamed   depends on
create table t (id int primary key, a text);
create materialized view cols as select column_name::text as c from information_schema.columns where table_name = 't' and table_schema = 'public';
create materialized view me as select current_user::text as u, version() like 'PostgreSQL%' as v;
create materialized view regs as select 't'::regclass = 'public.t'::regclass as r, has_table_privilege('pg_monitor', 'public.t', 'select') as h, pg_get_userbyid(relowner) as o from pg_class where relname = 't';

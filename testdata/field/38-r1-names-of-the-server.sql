-- 38-r1-names-of-the-server: the version, the address, the process, the size, and the rights of roles.
--
-- Restore   fails materialized_views
-- Names     public.me depends on where and by whom it is refreshed
-- Names     public.sizes depends on where and by whom it is refreshed
-- Names     public.settings depends on
create table t (id int primary key);
create materialized view me as select current_catalog as c, pg_backend_pid() as p, inet_server_port() as port, current_user as u;
create materialized view sizes as select pg_database_size(current_database()) as s, pg_total_relation_size('t') as r;
create materialized view settings as select current_setting('data_directory') as d, current_setting('cluster_name') as c;
create materialized view rights as select has_table_privilege('pg_monitor', 'public.t', 'select') as r, to_regclass('t')::text as t;

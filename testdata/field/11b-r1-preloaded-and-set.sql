-- 11b-r1-preloaded-and-set: settings of a preloaded library on the database and on a role, which mean nothing without it.
--
-- Needs     set_user, pgaudit
-- Starts    shared_preload_libraries=set_user,pgaudit; set_user.block_log_statement=off; pgaudit.log=ddl
-- Names     settings of the database
create extension set_user;
create extension pgaudit;
alter database :"DBNAME" set pgaudit.log = 'write, ddl';
\c
create table t (id int primary key);
create materialized view m as select current_setting('pgaudit.log', true) is not null as logged;

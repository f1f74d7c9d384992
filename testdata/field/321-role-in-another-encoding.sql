-- 321-role-in-another-encoding: a role of a LATIN1 database has a name that this one cannot read; it has nothing here, and pg_dump does not mind.
--
-- Encoding  EUC_JP
-- Starts    work_mem=4MB
select current_database() as db, current_database() || '_l' as other \gset
create database :other encoding 'LATIN1' locale 'C' template template0;
\c :other
set client_encoding = 'UTF8';
create role "müller";
\c :db
create table t (id int primary key); insert into t values (1);

-- 321-r1-role-in-another-encoding-utf8: the same where the database is UTF-8; a role of its own has a name in it.
--
-- Starts    work_mem=4MB
-- Names     größe
select current_database() as db, current_database() || '_l' as other \gset
create database :other encoding 'LATIN1' locale 'C' template template0;
\c :other
set client_encoding = 'UTF8';
create role "müller";
\c :db
create role "größe"; create table t (id int primary key); insert into t values (1); alter table t owner to "größe";

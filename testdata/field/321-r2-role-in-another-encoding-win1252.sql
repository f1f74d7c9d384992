-- 321-r2-role-in-another-encoding-win1252: the same where the database is WIN1252, and roles were made in UTF-8.
--
-- Encoding  WIN1252
-- Starts    work_mem=4MB
select current_database() as db, current_database() || '_u' as other \gset
create database :other encoding 'UTF8' locale 'C' template template0;
\c :other
set client_encoding = 'UTF8';
create role "北京"; create role "Ё";
\c :db
create table t (id int primary key); insert into t values (1); create policy p on t using (current_user <> 'x');

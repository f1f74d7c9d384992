-- 321-r3-last-character-of-a-role: the same where the last byte of a role's name begins a character of this encoding.
--
-- Encoding  EUC_JP
-- Starts    work_mem=4MB
select current_database() as db, current_database() || '_l' as other \gset
create database :other encoding 'LATIN1' locale 'C' template template0;
\c :other
set client_encoding = 'UTF8';
create role "rolä"; create role "rolé x";
\c :db
create table t (id int primary key); insert into t values (1);

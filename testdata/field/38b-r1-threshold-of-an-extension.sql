-- 38b-r1-threshold-of-an-extension: similarity by a threshold that is set on the database.
--
-- Needs     pg_trgm
-- Names     pg_trgm.similarity_threshold = 0.9
create extension pg_trgm;
alter database :"DBNAME" set pg_trgm.similarity_threshold = 0.9;
\c
create table word (w text primary key);
insert into word values ('backup'), ('backups'), ('restore');
create materialized view alike as select a.w, b.w as other from word as a join word as b on a.w % b.w;

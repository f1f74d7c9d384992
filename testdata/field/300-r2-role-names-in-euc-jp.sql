-- 300-r2-role-names-in-euc-jp: characters of two bytes in the names of an owner, a group and a tablespace's table.
--
-- Encoding  EUC_JP
-- Starts    work_mem=4MB
-- Names     日本
set client_encoding = 'UTF8';
create role "日本"; create role "グループ"; grant "グループ" to "日本";
create table t (id int primary key, r regrole);
insert into t values (1, '"グループ"');
alter table t owner to "日本";
grant select (id) on t to "グループ";
create function f() returns int language sql as 'select 1';
alter function f() owner to "グループ";

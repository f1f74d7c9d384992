-- 320-r2-owners-in-euc-jp: the same in another encoding, in plain SQL.
--
-- Encoding  EUC_JP
-- Format    plain
set client_encoding = 'UTF8';
create table "表" ("列" text primary key); insert into "表" values ('漢字');
create type "型" as enum ('値'); alter type "型" owner to pg_monitor; grant update ("列") on "表" to pg_monitor;
alter default privileges grant select on tables to pg_monitor; select lo_create(77); comment on large object 77 is '説明';

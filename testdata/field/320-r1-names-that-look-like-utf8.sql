-- 320-r1-names-that-look-like-utf8: in LATIN1 these are two characters each, whose bytes would be one of UTF-8.
--
-- Encoding  LATIN1
set client_encoding = 'UTF8';
create table "Ã¤" ("Ã¶" int primary key, b text default 'Ã¼'); insert into "Ã¤" values (1);
create view "â¬" as select * from "Ã¤"; alter view "â¬" owner to pg_monitor; grant insert on "Ã¤" to pg_monitor;

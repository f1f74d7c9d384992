-- 320-r3-owners-in-bytes: an SQL_ASCII database, whose names are bytes of whatever encoding.
--
-- Encoding  SQL_ASCII
-- Format    directory
set client_encoding = 'SQL_ASCII';
create table "é" (a int); create schema "sché"; create view "sché".v as select a as "ö" from "é"; alter view "sché".v owner to pg_monitor;

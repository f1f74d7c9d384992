-- 320-owners-in-latin1: owners and grants of a role of the restore's own come late, and are read in the archive's encoding, too.
--
-- Encoding  LATIN1
set client_encoding = 'UTF8';
create table "Größe" ("Straße" text primary key); insert into "Größe" values ('Allee 1'), ('ß');
create function "fü"() returns text language sql as 'select ''ü''::text';
grant select ("Straße") on "Größe" to pg_monitor;
create function noted() returns event_trigger language plpgsql as 'begin end';
create event trigger "Änderung" on ddl_command_end when tag in ('CREATE TABLE') execute function noted();

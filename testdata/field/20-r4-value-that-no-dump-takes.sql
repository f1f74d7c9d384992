-- 20-r4-value-that-no-dump-takes: pg_dump writes a value of bytes as two digits for each, and one of 540 MB does not fit: the table is named.
--
-- Majors    15-15
-- Dump      refused: public.big
create table big (id int primary key, b bytea);
alter table big alter b set storage external;
insert into big select 1, decode(repeat('00', 269000000), 'hex') || decode(repeat('00', 269000000), 'hex');

-- 66-r2-latin1-and-windows: an encoding in which some bytes are not Unicode characters.
--
-- Encoding  WIN1252
create table t (id int primary key, a text, j json, l text[]);
insert into t values (1, E'\x80', E'"\xe9"', array[E'\x81', E'\x8d']);
create table n (n name); insert into n values (E'\xe9');

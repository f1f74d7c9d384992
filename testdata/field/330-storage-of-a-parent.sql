-- 330-storage-of-a-parent: pg_dump writes a storage or a compression that is not the default, and a child takes its parent's if it has the default.
--
-- Majors    14
-- Names     the storage of the column b of public.child
-- Names     the compression of the column c of public.child
-- Names     alter table only public.child alter column b set storage extended
create table parent (a int, b text, c text);
create table child () inherits (parent);
alter table only parent alter column b set storage external, alter column c set compression pglz;
insert into parent values (1, 'b', 'c');
insert into child values (2, 'b', 'c');

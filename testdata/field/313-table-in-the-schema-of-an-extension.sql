-- 313-table-in-the-schema-of-an-extension: own objects in a schema that an extension made; a role of the run's own restores them, too.
--
-- Needs     pgq
create extension pgq;
create table pgq.loads (id int primary key, nation text default 'x');
insert into pgq.loads values (1);
create view pgq.all_loads as select * from pgq.loads;

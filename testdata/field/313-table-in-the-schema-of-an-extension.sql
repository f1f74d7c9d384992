-- 313-table-in-the-schema-of-an-extension: user objects in a schema that an extension created; the run's own role restores them, too.
--
-- Needs     pgq
create extension pgq;
create table pgq.loads (id int primary key, nation text default 'x');
insert into pgq.loads values (1);
create view pgq.all_loads as select * from pgq.loads;

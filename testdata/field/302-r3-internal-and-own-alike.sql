-- 302-r3-internal-and-own-alike: triggers of constraints whose names look internal, on views and on partitions, are carried.
--
-- Unnamed   the internal trigger
create table t (id int primary key, parent int references t deferrable, u int unique deferrable);
create function f() returns trigger language plpgsql as 'begin return new; end';
create trigger "RI_ConstraintTrigger_a_16399" after update on t for each row execute function f();
create constraint trigger "PK_ConstraintTrigger_16400" after insert on t from t deferrable initially deferred for each row execute function f();
create view v as select id from t;
create trigger each instead of insert on v for each row execute function f();
create trigger seen after insert on t referencing new table as added for each statement execute function f();
alter table t enable replica trigger "RI_ConstraintTrigger_a_16399";
insert into t values (1, 1, 1);

-- 302-internal-trigger-of-an-extension: a trigger that is marked internal, as pglogical creates them, is in no dump.
--
-- Names     the internal trigger "Q1" on public.t
-- Unnamed   the internal trigger own
create table t (id int primary key, parent int references t, k int unique deferrable);
create function f() returns trigger language plpgsql as 'begin return null; end';
create trigger "Q1" after truncate on t execute function f();
create trigger own after truncate on t execute function f();
create constraint trigger late after insert on t deferrable for each row execute function f();
set allow_system_table_mods = on;
update pg_trigger set tgisinternal = true where tgname = 'Q1';

-- 35-r1-shipped-rows-alone: no one added a row, and the restore fails all the same.
--
-- Ships     zzship
-- Restore   error: the table ship_status has rows before its own are restored: an extension's script filled it
create extension :extension;
create table t (id int primary key);
insert into t values (1);

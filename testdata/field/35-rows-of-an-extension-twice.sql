-- 35-rows-of-an-extension-twice: a dump carries rows that an extension's script inserts as well, and they collide with its key.
--
-- Ships     zzship
-- Restore   error: the table ship_status has rows before its own are restored: an extension's script filled it
create extension :extension;
truncate ship_log;
insert into ship_status values (3, 'mine');

-- 35-rows-of-an-extension-twice: a dump carries the rows that an extension's script brings again, and they collide with its key.
--
-- Ships     zzship
-- Restore   error: the table ship_status has rows before its own are restored: an extension's script filled it
create extension :extension;
truncate ship_log;
insert into ship_status values (3, 'mine');

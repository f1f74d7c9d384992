-- 35-r3-rows-without-a-key: without a key nothing collides, and the row that the script inserts appears twice.
--
-- Ships     zzship
-- Restore   fails tables: ship_log
create extension :extension;
truncate ship_status;
insert into ship_log values ('mine');

-- 35-r2-shipped-rows-deleted: rows that were deleted come back with the script; those of users, behind a filter, are as they were.
--
-- Ships     zzship
-- Restore   fails tables: ship_status
create extension :extension;
truncate ship_status, ship_log;
insert into ship_carrier values (2, 'by horse'), (3, 'by boat');

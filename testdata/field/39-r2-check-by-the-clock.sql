-- 39-r2-check-by-the-clock: it held when the row was inserted, but does not when it is restored.
--
-- Restore   error: it reads more than its row (another table, a setting, the time)
create table offer (id int primary key, until timestamptz check (until > clock_timestamp()));
insert into offer values (1, clock_timestamp() + '1 millisecond');
select pg_sleep(0.05);

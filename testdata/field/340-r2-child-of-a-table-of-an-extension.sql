-- 340-r2-child-of-a-table-of-an-extension: a child, a copy and a referencing table are the user's own, with all that they have.
--
-- Ships     zzshop
-- Unnamed   what was added to a table of extension
create extension :extension version '1.1';
insert into shop_config values (1, 'n', 'v');
create table child (x int, check (x > 0)) inherits (shop_config);
create index on child (x);
create trigger t before update on child for each row execute function suppress_redundant_updates_trigger();
create table own (id int references shop_config, like shop_state);
alter table own enable row level security;
create policy p on own using (id > 0);
insert into child values (2, 'n', 'v', 3);
insert into own values (1, 4, 'b');

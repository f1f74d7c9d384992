-- 340-r4-published-and-counted: publications, statistics objects and the replica identity of an extension's table, beside those of one's own.
--
-- Ships     zzshop
-- Names     the publication p on public.shop_config
-- Names     the statistics object s on public.shop_state
-- Names     the replica identity on public.shop_config
-- Unnamed   public.own
-- Unnamed   the publication everything
create extension :extension version '1.1';
create table own (id int primary key, n int);
create publication p for table shop_config, own;
create publication everything for all tables;
create statistics s on b, c from shop_state;
create statistics o on id, n from own;
alter table shop_config replica identity full;
alter table own replica identity full;

-- 340-added-to-a-table-of-an-extension: no archive holds what was added to it by hand: triggers, rules, indexes, constraints, policies.
--
-- Ships     zzshop
-- Names     the trigger "t r" on public.shop_config
-- Names     the rule r on public.shop_rules
-- Names     the index i on public.shop_state
-- Names     the constraint u on public.shop_state
-- Names     the constraint f on public.shop_state
-- Names     the policy p on public.shop_rules
-- Names     the row security on public.shop_rules
create extension :extension version '1.1';
create table own (id int primary key);
create trigger "t r" before update on shop_config for each row execute function suppress_redundant_updates_trigger();
create rule r as on delete to shop_rules do instead nothing;
create index i on shop_state (b, (c + 1));
alter table shop_state add constraint u unique (b);
alter table shop_state add constraint f foreign key (c) references own not valid;
alter table shop_rules enable row level security;
create policy p on shop_rules using (id > 0);

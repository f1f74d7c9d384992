-- 340-r3-disabled-in-an-extension: row security alone, forced, and constraints by their names.
--
-- Ships     zzshop
-- Names     the row security on public.shop_state
-- Names     the constraint "C k" on public.shop_config
-- Names     the index "C k" on public.shop_config
-- Unnamed   the policy
-- Unnamed   the constraint shop_config_pkey
create extension :extension version '1.1';
alter table shop_state enable row level security, force row level security;
alter table shop_config add constraint "C k" unique (note, id), add constraint c check (id > 0);

-- 301-r2-sequence-set-back: the sequence was set to another value, but not called.
--
-- Ships     zzshop
-- Names     the position of the sequence public.shop_tickets of extension
create extension :"extension";
create table own (id int primary key default nextval('shop_tickets'));
select setval('shop_tickets', 42, false);

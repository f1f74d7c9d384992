-- 301-r1-sequence-of-an-extension-called: the sequence was called, and no archive holds its position.
--
-- Ships     zzshop
-- Names     the position of the sequence shop.shop_tickets of extension
create schema shop; create extension :"extension" schema shop;
create table own (id int primary key default nextval('shop.shop_tickets'));
insert into own select from generate_series(1, 7);

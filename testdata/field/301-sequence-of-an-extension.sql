-- 301-sequence-of-an-extension: an extension has a sequence that no table owns, still at the position where CREATE EXTENSION puts it.
--
-- Ships     zzshop
-- Unnamed   shop_tickets
create schema shop; create extension :"extension" schema shop;
create table own (id int primary key default nextval('shop.shop_tickets'), a text check (a in ('x', 'y')));
insert into own values (1, 'x');

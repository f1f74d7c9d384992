-- 301-r3-sequence-of-an-extension-owned: a user's table became the owner of the extension's sequence, and another one uses it.
--
-- Ships     zzshop
-- Restore   error: its sequence was given to a table (alter sequence shop_tickets owned by none)
create extension :"extension";
create table own (id int primary key default nextval('shop_tickets'), a text);
alter sequence shop_tickets owned by own.id;
insert into own (a) values ('x'), ('y');
create table other (id bigint default nextval('shop_tickets'));

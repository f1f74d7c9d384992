-- 01-definitions-printed-twice: an expression that PostgreSQL prints differently after it was parsed again.
--
-- To        newer

create table orders (id int primary key, status varchar(20) not null check (status in ('new','paid','sent')), kind varchar(10) default 'a' check (kind not in ('x','y')), code char(2) check (code in ('NL','DE')));
create index orders_open on orders (id) where status in ('new','paid');
insert into orders values (1,'new','a','NL'),(2,'sent','b','DE');

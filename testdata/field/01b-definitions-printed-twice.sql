-- 01b-definitions-printed-twice: an expression that PostgreSQL prints differently after it was parsed again.
--
-- To        newer

create table orders (id int primary key, status varchar(20) not null);
insert into orders values (1,'new'),(2,'sent');
create view open_orders as select id, status from orders where status in ('new','paid');
create materialized view m_open as select id from orders where status in ('new','paid');
alter table orders enable row level security;
create policy p on orders using (status in ('new','sent'));
create function tf() returns trigger language plpgsql as 'begin return new; end';
create trigger tr before update on orders for each row when (new.status in ('new','sent')) execute function tf();
create rule r as on delete to orders where old.status in ('new','paid') do instead nothing;

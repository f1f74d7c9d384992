-- 310-operators-that-are-not-printed: JOIN USING over citext joins by case after a restore; the view prints the same.
--
-- Needs     citext
-- Restore   fails resolved: object="_RETURN" on public.orders_of
create extension citext;
create table customers (email citext primary key, name text);
create table orders (id int primary key, email citext);
insert into customers values ('Ann@example.org', 'Ann');
insert into orders values (1, 'ann@EXAMPLE.org');
create view orders_of as
select o.id, c.name from orders as o join customers as c using (email) where email <> 'nobody@example.org';

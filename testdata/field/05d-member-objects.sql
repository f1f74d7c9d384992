-- 05d-member-objects: a function, a view, a type and a domain that were made members of an extension are in no archive.
--
-- Needs     hstore
-- Names     function public.my_price(integer) of extension hstore was made a member by hand
-- Names     view public.my_view of extension hstore was made a member by hand
-- Names     type public.my_type of extension hstore was made a member by hand
-- Names     type public.my_dom of extension hstore was made a member by hand
create extension hstore;
create function my_price(int) returns int language sql as 'select $1 * 2';
create view my_view as select 1 as a;
create type my_type as enum ('a', 'b');
create domain my_dom as int check (value > 0);
alter extension hstore add function my_price(int);
alter extension hstore add view my_view;
alter extension hstore add type my_type;
alter extension hstore add domain my_dom;
create table p (id int primary key, name text);
insert into p values (1, 'x');

-- 38b-r2-names-in-functions: a check calls a function that runs only under a certain setting of PL/pgSQL.
--
alter database :"DBNAME" set plpgsql.variable_conflict = 'use_column';
\c
create table price (id int primary key, amount numeric);
insert into price values (1, 10);
create function known(id int) returns boolean language plpgsql as $$ begin return exists (select from public.price where price.id = id); end $$;
create table sale (n int primary key, price int check (known(price)));
insert into sale values (1, 1);

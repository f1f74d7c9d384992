-- 331-identity-by-like: LIKE ... INCLUDING IDENTITY makes each sequence a bigint one; pg_dump leaves its type to the column.
--
-- Names     the type of the sequence public.t_id_seq
-- Names     alter sequence public.t_id_seq as integer
create table template (id int generated always as identity, note text);
create table t (like template including all);
insert into t (note) values ('x');

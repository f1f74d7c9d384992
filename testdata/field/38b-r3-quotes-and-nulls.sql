-- 38b-r3-quotes-and-nulls: quote_all_identifiers, and limits on time, writing and isolation, as settings of the database.
alter database :"DBNAME" set quote_all_identifiers = on;
alter database :"DBNAME" set transform_null_equals = on;
alter database :"DBNAME" set default_transaction_read_only = on;
alter database :"DBNAME" set default_transaction_isolation = 'serializable';
alter database :"DBNAME" set statement_timeout = '1ms';
alter database :"DBNAME" set row_security = off;
alter database :"DBNAME" set default_table_access_method = 'heap';
alter database :"DBNAME" set check_function_bodies = off;
create table t (id int primary key, a text);
insert into t values (1, E'a\\b');
create materialized view m as select quote_ident('plain') as q, format('%I', 'plain') as f, a like E'a\\\\b' as l from t;
create function f() returns text language sql as $$ select 'a\b' $$;

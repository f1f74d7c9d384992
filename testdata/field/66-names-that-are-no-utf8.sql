-- 66-names-that-are-no-utf8: an SQL_ASCII database with names, comments, defaults, labels and bodies that are not valid UTF-8.
--
-- Encoding  SQL_ASCII
set client_encoding = 'SQL_ASCII';
create table t (id int primary key, a text); insert into t values (1, E'caf\xe9');
do $$ begin execute 'comment on table t is ''caf' || chr(233) || ''''; end $$;
do $$ begin execute 'create table "tab' || chr(233) || '" (id int, "col' || chr(255) || '" text default ''' || chr(254) || ''')'; end $$;
do $$ begin execute 'create type en as enum (''' || chr(233) || ''', ''' || chr(232) || ''')'; end $$;
do $$ begin execute 'create function f() returns text language sql as ''select ''''' || chr(233) || ''''''''; end $$;

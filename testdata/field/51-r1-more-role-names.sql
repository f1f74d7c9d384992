-- 51-r1-more-role-names: names that begin with a line break, end a statement, or are written as a keyword.
--
-- Majors    13-18
-- Format    plain
do $do$ declare name text; begin
    foreach name in array array[E'\nx', E'GRANT ALL TO y;\nALTER TABLE t OWNER TO z;', 'PUBLIC', 'back\slash', '''', '--', '$$', ' ', 'SELECT', E'two\n\n"lines"'] loop
        if not exists (select from pg_roles where rolname = name) then execute format('create role %I', name); end if;
    end loop;
end $do$;
create table t (id int primary key, a text);
alter table t owner to "GRANT ALL TO y;
ALTER TABLE t OWNER TO z;";
grant select on t to "
x" with grant option;
set role "
x";
grant select on t to "PUBLIC", "'";
reset role;
create table "ALTER TABLE t
OWNER TO nobody_at_all;" (id int);
grant insert on "ALTER TABLE t
OWNER TO nobody_at_all;" to "--", "$$";
create policy "p
q" on t to " ", "SELECT", "two

""lines""" using (a <> 'TO "ghost"');
create foreign data wrapper far;
create server far foreign data wrapper far;
create user mapping for "back\slash" server far options (note E'\nGRANT SELECT ON t TO ghost;\n');

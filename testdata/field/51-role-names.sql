-- 51-role-names: roles whose names hold quotes, line breaks and SQL, and texts that look like statements about roles.
--
-- Majors    13-18
do $do$ begin if not exists (select from pg_roles where rolname='we,ird "ro''le"') then create role "we,ird ""ro'le"""; create role "Rôle 😀"; create role "new
line"; create role "a;b--c"; create role "user"; create role "Public"; create role "x$$y"; end if; end $do$;
create schema s authorization "we,ird ""ro'le""";
create table s.t (id int primary key, a text); alter table s.t owner to "Rôle 😀"; grant select on s.t to "new
line" with grant option; grant update (a) on s.t to "a;b--c"; grant select on s.t to "Public", "user", "x$$y";
alter default privileges for role "Rôle 😀" in schema s grant select on tables to "we,ird ""ro'le""", "a;b--c", "new
line";
alter table s.t enable row level security; create policy "p;1" on s.t for select to "user", "a;b--c", "we,ird ""ro'le""", "new
line", "x$$y" using (true);
create policy p2 on s.t as restrictive for update to "Public" using (a = 'TO "ghost"') with check (a <> '; ALTER TABLE x OWNER TO ghost;');
comment on table s.t is 'ALTER TABLE s.t OWNER TO ghost2;
GRANT SELECT ON TABLE s.t TO ghost3;
CREATE EXTENSION IF NOT EXISTS ghost4;';
create function s.f() returns text language sql as $body$ select 'x
GRANT SELECT ON TABLE s.t TO ghost5;
' $body$;
insert into s.t values (1, E'x\nALTER TABLE s.t OWNER TO ghost6;\n');

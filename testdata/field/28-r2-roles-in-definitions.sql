-- 28-r2-roles-in-definitions: roles named in strings of defaults, checks and views, which a restore evaluates.
--
-- Names     field_28a
-- Names     Field "28"
do $do$ declare name text; begin
    foreach name in array array['field_28a', 'field_28b', 'Field "28"'] loop
        if not exists (select from pg_roles where rolname = name) then execute format('create role %I', name); end if;
    end loop;
end $do$;
create domain who as regrole check (value is distinct from to_regrole('field_28a'));
create table t (id int primary key, r regrole default to_regrole('field_28b'), w who default ('Field "28"'::text)::regrole, check (r is distinct from to_regrole('"Field ""28"""')));
create view v as select ('field_28a'::text)::regrole as r;
insert into t (id, w) values (1, null);

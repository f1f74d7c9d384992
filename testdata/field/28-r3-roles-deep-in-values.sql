-- 28-r3-roles-deep-in-values: roles in arrays, domains, composites and ranges of values, in partitions and unlogged tables.
--
-- Names     field_28d
-- Names     field_28e
-- Names     field_28f
-- Names     field_28g
do $do$ declare name text; begin
    foreach name in array array['field_28d', 'field_28e', 'field_28f', 'field_28g'] loop
        if not exists (select from pg_roles where rolname = name) then execute format('create role %I', name); end if;
    end loop;
end $do$;
create domain who as regrole;
create type pair as (w who, list regrole[]);
create table p (k int, v pair) partition by list (k);
create table p1 partition of p for values in (1);
create unlogged table u (acl aclitem[]);
create table parent (r who);
create table child () inherits (parent);
insert into p values (1, row('field_28d', array['field_28e', '0']::regrole[]));
insert into u values (array['field_28f=r/field_28f', '=U/postgres']::aclitem[]);
insert into child values ('field_28g');

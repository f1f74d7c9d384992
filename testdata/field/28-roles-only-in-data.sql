-- 28-roles-only-in-data: a role that only a row names, and columns of every type that can name a role.
--
-- Names     lonely_role
do $$ begin if not exists (select from pg_roles where rolname='lonely_role') then create role lonely_role; end if; end $$;
create table reg (id int primary key, r regrole, c regclass, p regprocedure, t regtype, n regnamespace, cfg regconfig, col regcollation, o regoper, oo regoperator);
insert into reg values (1, 'lonely_role', 'reg', 'upper(text)', 'int4', 'public', 'english', '"C"', null, '=(int4,int4)');

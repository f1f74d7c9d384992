-- 45-r1-deferrable-unique-key: its check at the end of a transaction is a trigger, too; and one for replicas.
--
-- Names     constraint t_n_key on public.t checked at public.t is disabled
-- Names     constraint t_x on public.t checked at public.t is for replicas alone
create table t (id int primary key, n int unique deferrable initially deferred, r int4range,
    constraint t_x exclude using gist (r with &&) deferrable);
insert into t values (1, 1, '[1,2)'), (2, 2, '[2,3)');
do $$
declare name text;
begin
    for name in select tgname from pg_trigger join pg_constraint on pg_constraint.oid = tgconstraint where conname = 't_n_key' loop
        execute format('alter table t disable trigger %I', name);
    end loop;
    for name in select tgname from pg_trigger join pg_constraint on pg_constraint.oid = tgconstraint where conname = 't_x' loop
        execute format('alter table t enable replica trigger %I', name);
    end loop;
end $$;

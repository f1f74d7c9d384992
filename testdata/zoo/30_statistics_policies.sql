-- 30_statistics_policies.sql: extended statistics and row-level security.
--
-- Holds    statistics of each kind, policies for each command; only PUBLIC and the current user are named
create statistics zoo.s_all on a, b, c from zoo.indexed;
create statistics zoo.s_ndistinct (ndistinct) on a, b from zoo.indexed;
create statistics zoo.s_dependencies (dependencies) on a, b from zoo.indexed;
create statistics zoo_text.s_mcv (mcv) on b, c from zoo.indexed;
create statistics zoo."Odd ""Statistics""" (ndistinct, mcv) on "ID", "Id" from zoo."UPPER";
create statistics zoo.s_partitioned on id, region from zoo_part.sales;
alter statistics zoo.s_ndistinct set statistics 250;
alter statistics zoo.s_dependencies set statistics 0;

create table zoo.guarded (
    id integer primary key,
    owner name default current_user,
    secret boolean default false,
    note text
);
insert into zoo.guarded values (1, 'nobody', false, 'open'), (2, 'nobody', true, 'hidden'), (3, null, null, null);
alter table zoo.guarded enable row level security;
create policy for_all on zoo.guarded
    using (not secret)
    with check (note <> 'it''s');
create policy for_select on zoo.guarded
    for select to public
    using (zoo.is_even(id) or owner = current_user);
create policy for_insert on zoo.guarded
    as permissive for insert
    with check (id > 0);
create policy for_update on zoo.guarded
    for update
    using (owner = session_user)
    with check (exists (select from zoo.targets as t where t.a = guarded.id));
create policy for_delete on zoo.guarded
    as restrictive for delete
    using (id > 1000);
create policy restrictive_all on zoo.guarded
    as restrictive
    using (id is not null);
create policy for_me on zoo.guarded
    for select to current_user
    using (true);
create policy "Odd ""Policy""" on zoo.guarded
    for select
    using (note like E'a\\_%' or note = '"');

create table zoo.policies_asleep (id integer primary key); -- policies, but row security is off
insert into zoo.policies_asleep values (1), (2);
create policy asleep on zoo.policies_asleep using (id = 1);
create table zoo.no_policy (id integer primary key); -- row security is on, but without policies
insert into zoo.no_policy values (1), (2);
alter table zoo.no_policy enable row level security;
alter table zoo_part.by_two enable row level security;
create policy by_two_low on zoo_part.by_two using (a < 10);

comment on statistics zoo.s_all is 'All kinds.';
comment on policy for_select on zoo.guarded is 'Even ones.';

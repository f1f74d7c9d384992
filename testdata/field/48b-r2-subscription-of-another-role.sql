-- 48b-r2-subscription-of-another-role: the role owns the subscription, and its dump leaves it out all the same.
--
-- Majors    16
-- As        field_48b
-- Dump      refused: subscription own: only a superuser's dump has subscriptions
do $$ begin if not exists (select from pg_roles where rolname = 'field_48b') then create role field_48b login in role pg_read_all_data, pg_create_subscription; end if; end $$;
create subscription own connection 'dbname=x password=y' publication p with (connect = false, slot_name = none);
select format('grant create on database %I to field_48b', current_database()) \gexec
alter subscription own owner to field_48b;
create table t (id int primary key);

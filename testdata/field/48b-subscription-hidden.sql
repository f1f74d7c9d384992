-- 48b-subscription-hidden: only a superuser's dump has subscriptions.
--
-- Majors    14
-- As        backup
-- Dump      refused: subscription subs: only a superuser's dump has subscriptions
do $$ begin if not exists (select from pg_roles where rolname = 'backup') then create role backup login in role pg_read_all_data; end if; end $$;
create table t (id int primary key);
insert into t values (1);
create subscription subs connection 'host=x password=sub-secret-1 dbname=y' publication p with (connect = false, enabled = false, slot_name = none);

-- 27_rules.sql: rewrite rules.
--
-- Holds    instead, also, conditional, with returning, several actions, on views, and modes other than the default
create table zoo.ruled (id integer primary key, note text, n integer default 0);
create table zoo.rule_log (id integer, what text);
insert into zoo.ruled values (1, 'before the rules'), (2, null);

create rule a_also as on insert to zoo.ruled
    do also insert into zoo.rule_log values (new.id, 'inserted');
create rule b_conditional as on update to zoo.ruled
    where old.n is distinct from new.n
    do also (
        insert into zoo.rule_log values (old.id, 'was ' || coalesce(old.note, 'NULL'));
        insert into zoo.rule_log values (new.id, 'is; now "' || new.n || '"')
    );
create rule c_nothing as on delete to zoo.ruled
    where old.id = 1
    do instead nothing;
create rule d_disabled as on insert to zoo.ruled
    do instead nothing;
alter table zoo.ruled disable rule d_disabled;
create rule e_always as on update to zoo.ruled
    do also insert into zoo.rule_log select i, 'always' from pg_catalog.generate_series(1, 2) as i;
alter table zoo.ruled enable always rule e_always;
create rule f_replica as on delete to zoo.ruled
    do also notify zoo_channel, 'a note';
alter table zoo.ruled enable replica rule f_replica;
insert into zoo.ruled values (3, 'after', 3);
update zoo.ruled set n = 7 where id = 3;
delete from zoo.ruled where id = 1;

create view zoo.ruled_view as
select id, note from zoo.ruled;
create rule insert_into_view as on insert to zoo.ruled_view
    do instead insert into zoo.ruled (id, note) values (new.id, new.note) returning ruled.id, ruled.note;
create rule delete_from_view as on delete to zoo.ruled_view
    do instead delete from zoo.ruled where ruled.id = old.id;
create rule update_view as on update to zoo.ruled_view
    do instead update zoo.ruled set note = new.note where ruled.id = old.id;
insert into zoo.ruled_view values (4, 'through a rule');

-- COPY ignores rules, so its rows come back; an INSERT would be lost.
create table zoo.refuses_inserts (id integer primary key);
insert into zoo.refuses_inserts values (1), (2), (3);
create rule refuse as on insert to zoo.refuses_inserts do instead nothing;

comment on rule a_also on zoo.ruled is 'Also.';

-- 32_foreign_data.sql: foreign-data wrappers, servers, user mappings and foreign tables.
--
-- Holds    a wrapper without a handler: its tables can be declared and dumped, and never read
create foreign data wrapper zoo_wrapper
    options (debug 'true', "Odd Option" 'it''s "odd" \ here', list 'a, x=b');
create foreign data wrapper zoo_checked
    validator pg_catalog.postgresql_fdw_validator;
create foreign data wrapper "Odd ""Wrapper""" no handler no validator;
create server zoo_server type 'nowhere' version '1.0'
    foreign data wrapper zoo_wrapper
    options (address 'moon', port '0', list 'a, x=b');
create server zoo_checked_server
    foreign data wrapper zoo_checked
    options (host 'localhost', dbname 'nowhere');
create server "Odd ""Server""" foreign data wrapper zoo_wrapper;
create user mapping for public server zoo_server
    options ("user" 'nobody', word 'not a secret', list 'a, x=b');
create user mapping for public server zoo_checked_server;

create foreign table zoo.far_away (
    id integer options (column_name 'ID') not null,
    note text default 'far' collate "C",
    n numeric(5, 1) options (key 'yes', "Odd Key" '', list 'a, number=1'),
    twice integer generated always as (id * 2) stored,
    constraint far_check check (id > 0)
) server zoo_server options (table_name 'moon.rocks', "limit" '10', words 'a, x=b');
create foreign table zoo."Odd ""Foreign"" Table" () server "Odd ""Server""";
create trigger far_trigger before insert on zoo.far_away
    for each row execute function zoo.change_row();
alter foreign table zoo.far_away alter column note set statistics 12;
create view zoo.v_far as
select id, note from zoo.far_away;

comment on foreign data wrapper zoo_wrapper is 'No handler.';
comment on server zoo_server is 'Nowhere.';
comment on foreign table zoo.far_away is 'Never read.';
comment on column zoo.far_away.note is 'Of a foreign table.';

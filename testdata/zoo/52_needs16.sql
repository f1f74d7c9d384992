-- 52_needs16.sql: features new in PostgreSQL 16.
--
-- Holds    SQL/JSON constructors and tests, storage in CREATE TABLE, collations with rules, integers in other bases
-- Needs    PostgreSQL 16 or newer
create view zoo_new.v_json_16 as
select
    json_object('a' : id, 'b' : note absent on null with unique keys returning jsonb) as object,
    json_array(id, note null on null returning text) as array,
    json_array(select n from zoo.clustered order by n) as from_query,
    note is json scalar as scalar,
    note is not json object with unique keys as no_object
from zoo.watched;
create view zoo_new.v_json_agg as
select
    json_objectagg(id : note absent on null returning jsonb) as object,
    json_arrayagg(note order by id null on null) as array,
    pg_catalog.any_value(n) as some
from zoo.watched
where id = 1;
create view zoo_new.v_literals as
select 0xFF as hex, 0o17 as octal, 0b101 as binary, 1_000_000 as million, system_user is null as no_system_user;
create view zoo_new.v_xml_16 as
select xmlserialize(content '<a><b/></a>'::xml as text indent) as indented;
create view zoo_new.v_no_alias as
select one + two as sum from (select 1 as one, 2 as two);
create function zoo_new.other_bases() returns integer
    language sql immutable
    return 0x10 + 1_0;

create table zoo_new.stored_16 (
    id integer primary key,
    external text storage external,
    main text storage main collate "C" default 'x'
);
insert into zoo_new.stored_16 values (1, pg_catalog.repeat('e', 5000), default);
create table zoo_new.big_numbers (id integer primary key, n bigint default 0x7FFF_FFFF_FFFF_FFFF check (n > -0b1));
insert into zoo_new.big_numbers values (1, default);

do $do$
begin
    if exists (select from pg_catalog.pg_collation where collprovider = 'i') then
        create collation zoo_new.ruled (provider = icu, locale = 'und', rules = '&V << w <<< W');
        create table zoo_new.ruled_words (word text collate zoo_new.ruled primary key);
        insert into zoo_new.ruled_words values ('v'), ('w'), ('W');
    end if;
end
$do$;
comment on view zoo_new.v_json_16 is 'SQL/JSON.';

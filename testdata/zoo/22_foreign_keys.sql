-- 22_foreign_keys.sql: foreign keys of every kind.
--
-- Holds    self references, cycles, every action, partial matches, keys onto and from partitions, a violated one that is not valid
create table zoo.countries (
    code text collate "C" primary key,
    capital integer
);
create table zoo.cities (
    id integer primary key,
    country text collate "C" not null,
    twin integer,
    unique (country, id),
    constraint cities_country foreign key (country) references zoo.countries deferrable initially deferred,
    constraint cities_twin foreign key (twin) references zoo.cities on delete set null -- onto itself
);
alter table zoo.countries add constraint countries_capital -- and back: a cycle
    foreign key (code, capital) references zoo.cities (country, id) deferrable initially immediate;
insert into zoo.countries (code) values ('nl'), ('in'), ('xx');
insert into zoo.cities values (1, 'nl', null), (2, 'in', 1), (3, 'nl', 2);
update zoo.cities set twin = 2 where id = 1;
update zoo.countries set capital = 1 where code = 'nl';
update zoo.countries set capital = 2 where code = 'in';

create table zoo.targets (
    a integer,
    b text collate "C",
    c integer not null unique,
    primary key (a, b)
);
insert into zoo.targets values (0, 'zero', 0), (1, 'one', 1), (2, '', 2), (3, 'three', 3);
create table zoo.pointers (
    id integer primary key,
    a integer default 0,
    b text collate "C" default 'zero',
    c integer,
    constraint to_cascade foreign key (a, b) references zoo.targets on delete cascade on update cascade,
    constraint to_default foreign key (b, a) references zoo.targets (b, a) on delete set default on update set null,
    constraint to_restrict foreign key (c) references zoo.targets (c) on delete restrict on update no action,
    constraint to_full foreign key (a, b) references zoo.targets (a, b) match full
);
insert into zoo.pointers values (1, 1, 'one', 1), (2, 2, '', 2), (3, default, default, null), (4, null, null, 3);
create table zoo.broken_pointers (
    id integer primary key,
    c integer
);
insert into zoo.broken_pointers values (1, 999), (2, 1);
alter table zoo.broken_pointers add constraint to_nowhere
    foreign key (c) references zoo.targets (c) not valid; -- row 1 refers to a missing row and must come back

create table zoo_part.orders (
    id integer,
    placed date,
    parent_id integer,
    parent_placed date,
    target integer references zoo.targets (c) on update cascade,
    primary key (id, placed),
    constraint orders_parent foreign key (parent_id, parent_placed) references zoo_part.orders
) partition by range (placed);
create table zoo_part.orders_old partition of zoo_part.orders for values from (minvalue) to ('2024-01-01');
create table zoo_part.orders_new (target integer, parent_placed date, parent_id integer, placed date not null, id integer not null);
alter table zoo_part.orders attach partition zoo_part.orders_new for values from ('2024-01-01') to (maxvalue);
create table zoo_part.order_lines (
    order_id integer,
    order_placed date,
    line integer,
    primary key (order_id, order_placed, line),
    constraint lines_order foreign key (order_id, order_placed) references zoo_part.orders on delete cascade deferrable initially deferred
);
insert into zoo_part.orders (id, placed, parent_id, parent_placed, target) values
    (1, '2023-05-05', null, null, 1),
    (2, '2024-05-05', 1, '2023-05-05', null),
    (3, '2024-06-06', 3, '2024-06-06', 2);
insert into zoo_part.order_lines values (1, '2023-05-05', 1), (2, '2024-05-05', 1), (2, '2024-05-05', 2);

comment on constraint cities_twin on zoo.cities is 'A city and a city.';

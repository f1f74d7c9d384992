-- 322-r1-default-of-the-parent-every-type: types with a length or precision, arrays and domains over them; a child dropped the defaults.
--
-- To        newer
create domain price as numeric(10,2); create domain list_price as price; create domain codes as varchar(5)[];
create table a (a numeric(4,1) default 1, b varchar(5) default 'x', c char(5) default 'x', d bit(3) default b'1', e varbit(3) default b'1',
    f timestamp(3) default '2020-01-01', g time(2) with time zone default '1:1:1+0', h interval(3) default '1s',
    i interval day to second(2) default '1s', j numeric(3,1)[] default '{1}', k price default 1, l list_price default 7,
    m codes default '{q}', n int default 1, o varchar(3)[] default '{}', p name default 'x');
create table b (like a) inherits (a);
do $$ declare c text; begin
    for c in select attname from pg_attribute where attrelid = 'a'::regclass and attnum > 0 loop execute format('alter table b alter %I drop default', c); end loop;
end $$;
create table c (a varchar(5) default null, b price default null, c numeric(3,1) default null::numeric);
insert into b default values; insert into c default values;

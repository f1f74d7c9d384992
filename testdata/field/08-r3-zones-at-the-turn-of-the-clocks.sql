-- 08-r3-zones-at-the-turn-of-the-clocks: hours that occur twice or not at all, in a domain, and in a materialized view of another one.
--
-- Format    directory
-- Server    timezone=America/St_Johns
-- Names     restored under settings of the source
create domain early as timestamptz check (extract(hour from value) < 4);
create table t (id int primary key, at early, local timestamp, check (local = at::timestamp));
insert into t values (1, '2024-11-03 01:30-02:30', '2024-11-03 01:30'), (2, '2024-11-03 01:30-03:30', '2024-11-03 01:30'), (3, '2024-03-10 05:30+00', '2024-03-10 03:00');
create materialized view back as select id, local::timestamptz as at, at - '1 day'::interval as before from t where local is not null;
create materialized view days as select date_trunc('day', at) as day, count(*) as n from back group by 1;

-- 311-index-over-a-foreign-partition: a partitioned index is not valid after a restore, because a foreign partition cannot have one; no query depends on that.
--
-- Needs     postgres_fdw
-- To        newer
create extension postgres_fdw;
create server elsewhere foreign data wrapper postgres_fdw;
create table m (at date not null, k text) partition by range (at);
create table m_2024 partition of m for values from ('2024-01-01') to ('2025-01-01');
create table m_2025 partition of m for values from ('2025-01-01') to ('2026-01-01') partition by list (k);
create table m_2025_a partition of m_2025 for values in ('a');
create index on m (lower(k));
insert into m values ('2024-02-02', 'x'), ('2025-02-02', 'a');
create foreign table m_2025_b partition of m_2025 for values in ('b') server elsewhere;

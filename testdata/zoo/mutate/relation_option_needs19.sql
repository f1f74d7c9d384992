-- relation_option_needs19.sql: zoo_new.enforced_later: vacuumed by three workers.
-- Caught by  relations
alter table zoo_new.enforced_later set (autovacuum_parallel_workers = 3);

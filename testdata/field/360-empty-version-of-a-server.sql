-- 360-empty-version-of-a-server: pg_dump writes neither an empty type nor an empty version of a foreign server, which mean none.
create foreign data wrapper w;
create server s type '' version '' foreign data wrapper w;
create server t type 'x''y' version '1' foreign data wrapper w;
alter server t version '';

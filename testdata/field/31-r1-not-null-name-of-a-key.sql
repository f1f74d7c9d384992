-- 31-r1-not-null-name-of-a-key: a unique constraint has the name that 18 gives to the NOT NULL of another column.
--
-- Majors    13-17
-- To        newer
-- On        18: error: PostgreSQL 18 gives each not-null constraint a name

create table "Order" ("Line No" int not null, b int, constraint "Order_Line No_not_null" unique (b) deferrable);
insert into "Order" values (1, 2);

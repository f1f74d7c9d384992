-- constraint_set_null_needs15.sql: zoo_new.pair_pointers.set_one_null: sets both columns.
-- Caught by  constraints
alter table zoo_new.pair_pointers
    drop constraint set_one_null,
    add constraint set_one_null foreign key (a, b) references zoo_new.pairs on delete set null;

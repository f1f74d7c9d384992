-- constraint_action.sql: zoo.pointers.to_cascade: on delete cascade becomes no action.
-- Caught by  constraints
alter table zoo.pointers
    drop constraint to_cascade,
    add constraint to_cascade foreign key (a, b) references zoo.targets on update cascade;

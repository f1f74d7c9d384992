-- constraint_deferrable.sql: zoo.cities.cities_country: deferred no more.
-- Caught by  constraints
alter table zoo.cities alter constraint cities_country deferrable initially immediate;

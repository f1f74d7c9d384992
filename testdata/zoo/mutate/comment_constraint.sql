-- comment_constraint.sql: zoo.cities.cities_twin.
-- Caught by  comments
comment on constraint cities_twin on zoo.cities is 'A city, and a city.';

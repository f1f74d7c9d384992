-- publication_except_needs19.sql: zoo_all_but zoo.watched: published like all other tables.
-- Caught by  publications
alter publication zoo_all_but set all tables except (table zoo_part.parent, only zoo."UPPER");

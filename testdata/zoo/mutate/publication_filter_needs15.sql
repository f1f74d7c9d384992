-- publication_filter_needs15.sql: zoo_filtered: a row filter.
-- Caught by  publications
alter publication zoo_filtered set
    table zoo.ruled where (n > 1 and note <> 'it''s'),
    table zoo.targets (a, b),
    table zoo.countries (code) where (code is not null);

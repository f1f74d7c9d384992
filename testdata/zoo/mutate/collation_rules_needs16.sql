-- collation_rules_needs16.sql: zoo_new.ruled_spare: an ICU collation that was not in the dump.
-- Caught by  collations, privileges
create collation zoo_new.ruled_spare (provider = icu, locale = 'und', rules = '&V << w <<< W');

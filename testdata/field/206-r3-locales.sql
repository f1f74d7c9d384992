-- 206-r3-locales: ICU locales in old spellings, which 16 and later store as language tags.
--
-- To        newer

create collation c1 (provider = icu, locale = 'de@collation=phonebook');
create collation c2 (provider = icu, locale = 'en_US');
create collation c3 (provider = icu, locale = '@colStrength=secondary', deterministic = false);
create collation c4 (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
create collation c5 (provider = icu, locale = 'de_DE@colCaseFirst=upper;colNumeric=yes');
create table t (a text collate c1, b text collate c3);
create index on t (a collate c5) where b in ('x', 'y');

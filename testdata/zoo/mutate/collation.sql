-- collation.sql: zoo.posix_like: another locale.
-- Caught by  collations
drop collation zoo.posix_like;
create collation zoo.posix_like (provider = libc, locale = 'C');

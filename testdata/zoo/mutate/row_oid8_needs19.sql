-- row_oid8_needs19.sql: zoo_new.wide_numbers: a number one less.
-- Caught by  tables
update zoo_new.wide_numbers set many = '{0,4294967295}' where id = '18446744073709551615';

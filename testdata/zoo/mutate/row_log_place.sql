-- row_log_place.sql: zoo.log_places: one byte further on, within an array.
-- Caught by  tables
update zoo.log_places set places = '{0/0,NULL,16/B374D849}' where place = '0/0';

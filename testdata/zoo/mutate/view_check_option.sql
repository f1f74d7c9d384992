-- view_check_option.sql: zoo.v_local: local becomes cascaded.
-- Caught by  relations
alter view zoo.v_local set (check_option = cascaded);

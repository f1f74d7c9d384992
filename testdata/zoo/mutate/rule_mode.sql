-- rule_mode.sql: zoo.ruled.d_disabled: enabled.
-- Caught by  rules
alter table zoo.ruled enable rule d_disabled;

-- statistics_kind.sql: zoo_text.s_mcv: another kind.
-- Caught by  statistics
drop statistics zoo_text.s_mcv;
create statistics zoo_text.s_mcv (ndistinct) on b, c from zoo.indexed;

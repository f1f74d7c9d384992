-- statistics_expression_needs14.sql: zoo_new.s_expression: another expression.
-- Caught by  statistics
drop statistics zoo_new.s_expression;
create statistics zoo_new.s_expression on (a + 2) from zoo.indexed;

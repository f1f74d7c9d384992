-- operator.sql: zoo.|+|(text, text): a commutator.
-- Caught by  operators
drop operator zoo.|+| (text, text);
create operator zoo.|+| (function = zoo.add, leftarg = text, rightarg = text, commutator = operator(zoo.|+|));

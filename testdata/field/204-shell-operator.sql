-- 204-shell-operator: the shell that a dropped operator leaves in the catalog is in no dump, and is no loss.
--
-- To        newer
create operator === (function = booleq, leftarg = boolean, rightarg = boolean, negator = !==);
drop operator === (boolean, boolean);

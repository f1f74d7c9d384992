-- 204-shell-operator: what a dropped operator leaves in the catalog is in no dump, and no loss.
--
-- To        newer
create operator === (function = booleq, leftarg = boolean, rightarg = boolean, negator = !==);
drop operator === (boolean, boolean);

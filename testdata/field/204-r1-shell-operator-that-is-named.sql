-- 204-r1-shell-operator-that-is-named: a shell that an operator names comes back with it.
create schema ops;
create operator === (function = booleq, leftarg = boolean, rightarg = boolean, negator = operator(ops.!==), commutator = ====);
create operator <<< (function = boollt, leftarg = boolean, rightarg = boolean, commutator = >>>);
comment on operator === (boolean, boolean) is 'names two shells';
drop operator <<< (boolean, boolean);

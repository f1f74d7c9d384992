-- transform.sql: for zoo.label language pltwin: gone.
-- Caught by  transforms
drop transform for zoo.label language pltwin;

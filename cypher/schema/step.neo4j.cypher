// One note per step.
CREATE CONSTRAINT step_name IF NOT EXISTS FOR (s:Step) REQUIRE s.name IS UNIQUE

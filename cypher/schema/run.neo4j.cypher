// One run per run_id.
CREATE CONSTRAINT run_run_id IF NOT EXISTS FOR (r:Run) REQUIRE r.run_id IS UNIQUE

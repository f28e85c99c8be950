-- What people say of findings. The key is that of a record of kind 'finding'; a
-- label outlives nothing but the end of its run, and is removed with it.
CREATE TABLE finding_label (
  run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  word TEXT NOT NULL,
  note TEXT NOT NULL DEFAULT '',
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (run_id, key)
) STRICT, WITHOUT ROWID;

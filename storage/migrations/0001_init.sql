-- Times (*_ms) are Unix milliseconds, UTC, written by the program alone.

CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  ulid TEXT NOT NULL UNIQUE,
  bench TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK (state IN ('queued','running','paused','stopped','done','failed','cancelled','lost')),
  host TEXT NOT NULL,
  boot_id TEXT NOT NULL,
  cancel_requested_ms INTEGER,
  parent_id INTEGER REFERENCES run(id) ON DELETE SET NULL,
  relation TEXT CHECK (relation IN ('rerun','trial','replay')),
  seed INTEGER NOT NULL,
  params_json TEXT NOT NULL CHECK (json_valid(params_json)),
  params_sha BLOB NOT NULL CHECK (length(params_sha) = 32),
  env_json TEXT NOT NULL CHECK (json_valid(env_json)),
  created_ms INTEGER NOT NULL,
  started_ms INTEGER,
  ended_ms INTEGER,
  done_n INTEGER NOT NULL DEFAULT 0,
  total_n INTEGER NOT NULL DEFAULT 0,
  last_seq INTEGER NOT NULL DEFAULT 0,
  error_code TEXT,
  error_text TEXT,
  headline TEXT NOT NULL DEFAULT '',
  starred INTEGER NOT NULL DEFAULT 0 CHECK (starred IN (0,1)),
  note_md TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX run_bench ON run(bench, id);
CREATE INDEX run_parent ON run(parent_id);
CREATE INDEX run_live ON run(id) WHERE state IN ('queued','running','paused');

-- Flattened parameters, for filters and differences. num is NULL where the value is no number.
CREATE TABLE run_param (
  run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  num REAL,
  PRIMARY KEY (run_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_tag (
  run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  tag TEXT NOT NULL,
  PRIMARY KEY (run_id, tag)
) STRICT, WITHOUT ROWID;

-- Results. A later record of the same kind and key replaces the earlier one and takes a new seq.
CREATE TABLE record (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  data_json TEXT NOT NULL CHECK (json_valid(data_json)),
  UNIQUE (run_id, kind, key)
) STRICT;
CREATE UNIQUE INDEX record_seq ON record(run_id, seq);
CREATE INDEX record_kind_seq ON record(run_id, kind, seq);

CREATE TABLE metric_key (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  unit TEXT NOT NULL,
  better INTEGER NOT NULL CHECK (better IN (-1,0,1))
) STRICT;

-- NULL in value means NaN, which SQLite cannot hold.
CREATE TABLE metric (
  run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  key_id INTEGER NOT NULL REFERENCES metric_key(id) ON DELETE CASCADE,
  step INTEGER NOT NULL,
  t_ms INTEGER NOT NULL,
  value REAL,
  PRIMARY KEY (run_id, key_id, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE event (
  run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  t_ms INTEGER NOT NULL,
  level INTEGER NOT NULL,
  kind TEXT NOT NULL,
  text TEXT NOT NULL,
  data_json TEXT CHECK (data_json IS NULL OR json_valid(data_json)),
  PRIMARY KEY (run_id, seq)
) STRICT, WITHOUT ROWID;

-- Files by hash: artifacts/ab/cdef...
CREATE TABLE artifact (
  sha BLOB PRIMARY KEY CHECK (length(sha) = 32),
  bytes INTEGER NOT NULL,
  media TEXT NOT NULL,
  created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE run_artifact (
  run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  role TEXT NOT NULL,
  sha BLOB NOT NULL REFERENCES artifact(sha) ON DELETE RESTRICT,
  name TEXT,
  PRIMARY KEY (run_id, role, sha)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_artifact_sha ON run_artifact(sha);

-- Blocks of numbers: small ones inline in data, large ones as the file artifact_sha.
CREATE TABLE array (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  name TEXT NOT NULL,
  dtype TEXT NOT NULL,
  shape_json TEXT NOT NULL CHECK (json_valid(shape_json)),
  bytes INTEGER NOT NULL,
  data_sha BLOB NOT NULL CHECK (length(data_sha) = 32),
  data BLOB,
  artifact_sha BLOB REFERENCES artifact(sha) ON DELETE RESTRICT,
  UNIQUE (run_id, name),
  CHECK ((data IS NULL) <> (artifact_sha IS NULL))
) STRICT;
CREATE INDEX array_artifact ON array(artifact_sha) WHERE artifact_sha IS NOT NULL;

-- Runs that wait for a lease, oldest ticket first.
CREATE TABLE lease_wait (
  ticket INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id INTEGER NOT NULL UNIQUE REFERENCES run(id) ON DELETE CASCADE,
  lease TEXT NOT NULL
) STRICT;
CREATE INDEX lease_wait_lease ON lease_wait(lease, ticket);

CREATE TABLE view_state (
  owner TEXT NOT NULL,
  key TEXT NOT NULL,
  value_json TEXT NOT NULL CHECK (json_valid(value_json)),
  saved_ms INTEGER NOT NULL,
  PRIMARY KEY (owner, key)
) STRICT, WITHOUT ROWID;

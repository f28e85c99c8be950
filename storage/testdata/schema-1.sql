-- A database of schema 1 with rows in every table: tests read it as a released version left it.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
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
INSERT INTO run VALUES(1,'01ARZ3NDEKTSV4RRFFQ69G5FAV','kv','kv.blend','blend-s7-1','done','box','boot',NULL,NULL,NULL,7,'{"seed":7}',X'0000000000000000000000000000000000000000000000000000000000000000','{"version":"0.1"}',1766000000000,1766000000100,1766000001000,2,2,5,NULL,NULL,'KL .1',1,'a note');
INSERT INTO run VALUES(2,'01ARZ3NDEKTSV4RRFFQ69G5FAW','kv','kv.eval','eval-s1-1','lost','box','boot',NULL,1,'rerun',1,'{"seed":1}',X'0000000000000000000000000000000000000000000000000000000000000000','{}',1766000002000,1766000002100,1766000003000,1,9,1,'E-WORKER-DIED','killed','',0,'');
CREATE TABLE run_param (
  run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  num REAL,
  PRIMARY KEY (run_id, key)
) STRICT, WITHOUT ROWID;
INSERT INTO run_param VALUES(1,'seed','7',7.0);
INSERT INTO run_param VALUES(2,'seed','1',1.0);
CREATE TABLE run_tag (
  run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  tag TEXT NOT NULL,
  PRIMARY KEY (run_id, tag)
) STRICT, WITHOUT ROWID;
INSERT INTO run_tag VALUES(1,'paper');
CREATE TABLE record (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  data_json TEXT NOT NULL CHECK (json_valid(data_json)),
  UNIQUE (run_id, kind, key)
) STRICT;
INSERT INTO record VALUES(1,1,1,'kv.mode','full','{"kl":0}');
INSERT INTO record VALUES(2,1,2,'kv.mode','blend','{"kl":0.1}');
INSERT INTO record VALUES(3,2,1,'kv.score','full','{}');
CREATE TABLE metric_key (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  unit TEXT NOT NULL,
  better INTEGER NOT NULL CHECK (better IN (-1,0,1))
) STRICT;
INSERT INTO metric_key VALUES(1,'kl','nats',-1);
CREATE TABLE metric (
  run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  key_id INTEGER NOT NULL REFERENCES metric_key(id) ON DELETE CASCADE,
  step INTEGER NOT NULL,
  t_ms INTEGER NOT NULL,
  value REAL,
  PRIMARY KEY (run_id, key_id, step)
) STRICT, WITHOUT ROWID;
INSERT INTO metric VALUES(1,1,0,1766000000500,0.5);
INSERT INTO metric VALUES(1,1,1,1766000000600,NULL);
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
INSERT INTO event VALUES(1,3,1766000000700,4,'cache','smoke','{"b":1}');
CREATE TABLE artifact (
  sha BLOB PRIMARY KEY CHECK (length(sha) = 32),
  bytes INTEGER NOT NULL,
  media TEXT NOT NULL,
  created_ms INTEGER NOT NULL
) STRICT;
INSERT INTO artifact VALUES(X'0101010101010101010101010101010101010101010101010101010101010101',80000,'application/octet-stream',1766000000800);
CREATE TABLE run_artifact (
  run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  role TEXT NOT NULL,
  sha BLOB NOT NULL REFERENCES artifact(sha) ON DELETE RESTRICT,
  name TEXT,
  PRIMARY KEY (run_id, role, sha)
) STRICT, WITHOUT ROWID;
INSERT INTO run_artifact VALUES(1,'report',X'0101010101010101010101010101010101010101010101010101010101010101','r');
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
INSERT INTO array VALUES(1,1,4,'full/dv','f32','[1]',4,X'df3f619804a92fdb4057192dc43dd748ea778adc52bc498ce80524c014b81119',X'00000000',NULL);
INSERT INTO array VALUES(2,1,5,'large','f32','[20000]',80000,X'0101010101010101010101010101010101010101010101010101010101010101',NULL,X'0101010101010101010101010101010101010101010101010101010101010101');
CREATE TABLE lease_wait (
  ticket INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id INTEGER NOT NULL UNIQUE REFERENCES run(id) ON DELETE CASCADE,
  lease TEXT NOT NULL
) STRICT;
INSERT INTO lease_wait VALUES(3,2,'cpu');
CREATE TABLE view_state (
  owner TEXT NOT NULL,
  key TEXT NOT NULL,
  value_json TEXT NOT NULL CHECK (json_valid(value_json)),
  saved_ms INTEGER NOT NULL,
  PRIMARY KEY (owner, key)
) STRICT, WITHOUT ROWID;
INSERT INTO view_state VALUES('me@pts/1','view','{"tab":"kv"}',1766000000900);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('lease_wait',3);
CREATE INDEX run_bench ON run(bench, id);
CREATE INDEX run_parent ON run(parent_id);
CREATE INDEX run_live ON run(id) WHERE state IN ('queued','running','paused');
CREATE UNIQUE INDEX record_seq ON record(run_id, seq);
CREATE INDEX record_kind_seq ON record(run_id, kind, seq);
CREATE INDEX run_artifact_sha ON run_artifact(sha);
CREATE INDEX array_artifact ON array(artifact_sha) WHERE artifact_sha IS NOT NULL;
CREATE INDEX lease_wait_lease ON lease_wait(lease, ticket);
COMMIT;
PRAGMA application_id=1095975257;
PRAGMA user_version=1;

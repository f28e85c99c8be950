-- The findings of all runs in the order of their list, newest run first, and the
-- same for one severity. Both hold findings alone: other records cost nothing.
CREATE INDEX record_finding ON record(run_id, seq) WHERE kind = 'finding';
CREATE INDEX record_finding_severity ON record(json_extract(data_json, '$.severity'), run_id, seq) WHERE kind = 'finding';

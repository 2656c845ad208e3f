CREATE TABLE things (
  id TEXT PRIMARY KEY,
  a_int INT NOT NULL, a_big BIGINT, a_small SMALLINT, a_bool TINYINT(1) DEFAULT 0,
  a_text TEXT NOT NULL DEFAULT 'it''s "so"', a_char CHARACTER(5) CHECK (length(a_char) >= 2), a_clob CLOB,
  a_real REAL DEFAULT 1.5, a_double DOUBLE PRECISION, a_decimal NUMERIC(12,3) CHECK (a_decimal BETWEEN 0 AND 10),
  a_blob BLOB, a_json JSON, a_uuid UUID, a_guid CHAR(36), a_date DATE, a_time TIME, a_moment TIMESTAMP,
  a_percent INTEGER CHECK (a_percent > 0 AND a_percent <= 100),
  a_mood TEXT CHECK (a_mood IN ('a b', 'c')),
  a_none, a_sum INT GENERATED ALWAYS AS (a_int + 1) VIRTUAL, a_geo GEOMETRY NOT NULL DEFAULT 'POINT(0 0)',
  created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, updated_at INTEGER, version INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX lower_text ON things (lower(a_text));
CREATE UNIQUE INDEX big_once ON things (a_big) WHERE a_bool = 1;
CREATE TRIGGER touched AFTER UPDATE ON things BEGIN SELECT 1; END;
INSERT INTO things (id, a_int, a_char, a_bool, a_decimal, a_uuid, a_guid, a_date, a_time, a_moment, a_percent, a_mood, a_json, a_blob)
VALUES ('one', 7, 'ab', 1, 1.5, X'01932C07209C7A4B8D1E5F6A7B8C9D0E', '01932C07-209C-7A4B-8D1E-5F6A7B8C9D0E', '2024-02-29', '10:11', 1704164645, 5, 'a b', '[1]', X'00FF');
INSERT INTO things (id, a_int, a_moment) VALUES ('two', -1, '2024-01-02T05:04:05.5+02:00');

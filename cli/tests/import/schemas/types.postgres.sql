CREATE DOMAIN short_text AS varchar(9) CHECK (length(VALUE) > 0);
CREATE TYPE mood AS ENUM ('sad', 'very happy');
CREATE TABLE things (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  a_small smallint, an_int integer NOT NULL DEFAULT -3, a_big bigint, a_u64 numeric(20,0), a_decimal numeric(12,3) DEFAULT 1.500,
  a_real real DEFAULT 1.5, a_double double precision, a_bool boolean NOT NULL DEFAULT true,
  a_text text NOT NULL DEFAULT 'it''s "so"', a_varchar varchar(20), a_char char(5), a_domain short_text,
  a_stamp timestamp, a_stamptz timestamptz DEFAULT now(), a_date date, a_time time, an_interval interval,
  a_bytea bytea, a_json json, a_jsonb jsonb, an_inet inet, a_money money,
  ints integer[], texts varchar(5)[] NOT NULL, stamps timestamp[], moods mood[],
  a_mood mood, a_point point, a_range int4range NOT NULL DEFAULT 'empty', a_sum integer GENERATED ALWAYS AS (an_int + 1) STORED,
  percent integer CHECK (percent > 0 AND percent <= 100), ratio double precision CHECK (ratio > 0),
  UNIQUE (an_int, a_text)
);
INSERT INTO things (a_u64, a_char, a_stamp, an_interval, a_bytea, a_jsonb, an_inet, a_money, ints, texts, stamps, a_mood)
VALUES (18446744073709551615, 'ab', '2024-01-02 03:04:05', '90 minutes', '\x00ff', '{"a": 1}', '10.0.0.1', 12.5, '{1,2}', '{a,b}', '{2024-01-02 03:04:05}', 'very happy');

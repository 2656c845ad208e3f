CREATE TABLE schema_migrations (version character varying NOT NULL PRIMARY KEY);
CREATE TABLE ar_internal_metadata (key character varying NOT NULL PRIMARY KEY, value character varying, created_at timestamp(6) without time zone NOT NULL, updated_at timestamp(6) without time zone NOT NULL);
CREATE TYPE order_status AS ENUM ('pending', 'paid', 'in-transit');
CREATE TABLE users (
  id bigserial PRIMARY KEY,
  email character varying DEFAULT ''::character varying NOT NULL,
  encrypted_password character varying DEFAULT ''::character varying NOT NULL,
  sign_in_count integer DEFAULT 0 NOT NULL,
  settings jsonb DEFAULT '{}'::jsonb NOT NULL,
  tags text[] DEFAULT '{}'::text[] NOT NULL,
  lock_version integer DEFAULT 0 NOT NULL,
  created_at timestamp(6) without time zone NOT NULL,
  updated_at timestamp(6) without time zone NOT NULL,
  deleted_at timestamp(6) without time zone
);
COMMENT ON TABLE users IS 'Whoever signs in: see user_id of [orders].';
COMMENT ON COLUMN users.email IS 'Where letters go.';
CREATE UNIQUE INDEX index_users_on_email ON users (email) WHERE deleted_at IS NULL;
CREATE TABLE orders (
  id serial PRIMARY KEY,
  user_id bigint NOT NULL,
  status order_status DEFAULT 'pending' NOT NULL,
  total numeric(10,2) DEFAULT 0.0 NOT NULL CHECK (total >= 0),
  took interval,
  created_at timestamp(6) without time zone NOT NULL,
  updated_at timestamp(6) without time zone NOT NULL,
  CONSTRAINT fk_rails_f868b47f6a FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX index_orders_on_user_id ON orders (user_id);
CREATE INDEX index_orders_on_status_and_total ON orders (status, total);
CREATE INDEX index_orders_on_created_at ON orders (created_at);
CREATE VIEW paid_orders AS SELECT id FROM orders;
DROP VIEW paid_orders;
INSERT INTO users (email, created_at, updated_at, tags) VALUES ('a@example.com', '2024-01-02 03:04:05.678901', '2024-01-02 03:04:05', '{x,"y z"}');
INSERT INTO orders (user_id, status, total, took, created_at, updated_at) VALUES (1, 'in-transit', 19.90, '1 hour', '2024-01-02 03:04:05', '2024-01-02 03:04:05');
INSERT INTO orders (user_id, created_at, updated_at) VALUES (1, '2024-01-02 03:04:05', '2024-01-02 03:04:05');
DELETE FROM orders WHERE id = 2;

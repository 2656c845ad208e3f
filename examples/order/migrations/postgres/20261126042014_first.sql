-- 20261126042014_first, on PostgreSQL. Written by `cargo fourfold migrate new`; change it as you like until it has been applied.
--
-- What it does:
--   * make the tables of the store's own
--   * make the table orders

-- step: in a transaction
CREATE TABLE fourfold_outbox (
  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tx xid8 NOT NULL DEFAULT pg_current_xact_id(),
  id UUID NOT NULL,
  aggregatetype TEXT NOT NULL,
  aggregateid TEXT NOT NULL,
  type TEXT NOT NULL,
  payload JSON NOT NULL,
  traceparent TEXT,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX fourfold_outbox_tx_seq_idx ON fourfold_outbox (tx, seq);
CREATE INDEX fourfold_outbox_created_at_idx ON fourfold_outbox (created_at);
CREATE TABLE fourfold_relay (
  name TEXT COLLATE "C" PRIMARY KEY,
  tx xid8 NOT NULL,
  seq BIGINT NOT NULL,
  holder UUID NOT NULL,
  held_until TIMESTAMPTZ NOT NULL
);
CREATE TABLE fourfold_task_outbox (
  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id UUID NOT NULL,
  message TEXT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  claimed_until TIMESTAMPTZ NOT NULL DEFAULT '-infinity'
);
CREATE INDEX fourfold_task_outbox_claimed_until_idx ON fourfold_task_outbox (claimed_until, seq);
CREATE TABLE fourfold_idempotency (
  key TEXT COLLATE "C" PRIMARY KEY,
  fingerprint BIGINT NOT NULL,
  operation TEXT NOT NULL,
  answer TEXT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX fourfold_idempotency_created_at_idx ON fourfold_idempotency (created_at);
CREATE TABLE "orders" (
  "id" UUID PRIMARY KEY,
  "user_id" UUID NOT NULL,
  "items" JSON NOT NULL,
  "total" NUMERIC NOT NULL,
  "status" TEXT COLLATE "C" NOT NULL,
  "note" TEXT COLLATE "C",
  "created_at" TIMESTAMPTZ NOT NULL,
  "updated_at" TIMESTAMPTZ NOT NULL,
  "version" BIGINT NOT NULL
);
CREATE INDEX "orders__user_id_idx" ON "orders" ("user_id", "id");
CREATE INDEX "orders__total_idx" ON "orders" ("total", "id");
CREATE INDEX "orders__status_idx" ON "orders" ("status", "id");
CREATE INDEX "orders__created_at_idx" ON "orders" ("created_at", "id");

-- 20261126042014_first, on SQLite. Written by `cargo fourfold migrate new`; change it as you like until it has been applied.
--
-- What it does:
--   * make the tables of the store's own
--   * make the table orders

-- step: in a transaction
CREATE TABLE fourfold_outbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL,
  aggregatetype TEXT NOT NULL,
  aggregateid TEXT NOT NULL,
  type TEXT NOT NULL,
  payload TEXT NOT NULL,
  traceparent TEXT,
  created_at TEXT NOT NULL
) STRICT;
CREATE TABLE fourfold_relay (
  name TEXT NOT NULL PRIMARY KEY,
  seq INTEGER NOT NULL,
  holder TEXT NOT NULL,
  held_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE fourfold_task_outbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL,
  message TEXT NOT NULL,
  created_at TEXT NOT NULL,
  claimed_until INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX fourfold_task_outbox_claimed_until_idx ON fourfold_task_outbox (claimed_until, seq);
CREATE TABLE fourfold_idempotency (
  key TEXT NOT NULL PRIMARY KEY,
  fingerprint INTEGER NOT NULL,
  operation TEXT NOT NULL,
  answer TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX fourfold_idempotency_created_at_idx ON fourfold_idempotency (created_at);
CREATE TABLE fourfold_sequence (
  name TEXT NOT NULL PRIMARY KEY,
  next INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE "orders" (
  "id" TEXT NOT NULL PRIMARY KEY,
  "user_id" TEXT NOT NULL,
  "items" TEXT NOT NULL,
  "total" TEXT COLLATE fourfold_decimal NOT NULL,
  "status" TEXT NOT NULL,
  "note" TEXT,
  "created_at" TEXT NOT NULL,
  "updated_at" TEXT NOT NULL,
  "version" INTEGER NOT NULL
) STRICT;
CREATE INDEX "orders__user_id_idx" ON "orders" ("user_id", "id");
CREATE INDEX "orders__total_idx" ON "orders" ("total", "id");
CREATE INDEX "orders__status_idx" ON "orders" ("status", "id");
CREATE INDEX "orders__created_at_idx" ON "orders" ("created_at", "id");

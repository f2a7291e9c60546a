-- Tables for a ClickHouse of your own; docs/feeds.md says who may have which, and how they are filled.

-- Single visits, for those who may read the book itself: the columns of the DuckDB view `visits`, without ids and networks,
-- and when each expires. A partition holds what expires on one day, so that it goes as a whole.
CREATE DATABASE IF NOT EXISTS frontdesk;

CREATE TABLE IF NOT EXISTS frontdesk.visit_rows
(
  happened DateTime64(3, 'UTC'),
  entity LowCardinality(String),
  country LowCardinality(Nullable(String)),
  kind LowCardinality(Nullable(String)),
  organisation Nullable(String),
  name Nullable(String),
  confidence LowCardinality(Nullable(String)),
  source LowCardinality(Nullable(String)),
  method LowCardinality(Nullable(String)),
  rule LowCardinality(Nullable(String)),
  prefix_length Nullable(UInt8),
  reason LowCardinality(Nullable(String)),
  page LowCardinality(Nullable(String)),
  referrer Nullable(String),
  status Nullable(UInt16),
  agent LowCardinality(Nullable(String)),
  bot Bool,
  chosen LowCardinality(Nullable(String)),
  suggested LowCardinality(Nullable(String)),
  suggestion LowCardinality(Nullable(String)),
  database LowCardinality(Nullable(String)),
  expires_at DateTime('UTC')
)
ENGINE = MergeTree
PARTITION BY toDate(expires_at)
ORDER BY (entity, happened)
TTL expires_at
SETTINGS ttl_only_drop_parts = 1, merge_with_ttl_timeout = 3600;

-- A row stays until the last of its part has expired, a day at most. Nobody sees it meanwhile.
CREATE VIEW IF NOT EXISTS frontdesk.visits AS
SELECT * EXCEPT expires_at FROM frontdesk.visit_rows WHERE expires_at > now();

-- Answers of `frontdesk report`, for marketing: no row stands for a few people, and every count is rounded.
CREATE DATABASE IF NOT EXISTS frontdesk_reports;

-- What must be known of an answer, one row each.
CREATE TABLE IF NOT EXISTS frontdesk_reports.answers
(
  since Date,
  until Date,
  question LowCardinality(String), -- by what the rows are told apart: `organisation`, `country,kind`
  filter String, -- JSON, `{}` without one
  with_bots Bool,
  purpose LowCardinality(String),
  asked_by LowCardinality(String),
  k UInt16, -- distinct visitors that a row needs
  shown UInt64, -- visits in all rows
  together UInt64, -- rows that are told together as the others
  left_out UInt64,
  visits Nullable(UInt64), -- these and the rest are empty where they are too few to tell
  visitors Nullable(UInt64),
  bots Nullable(UInt64),
  counted Nullable(UInt64), -- visits of every treatment; how many of them objected, by which signal
  objected Nullable(UInt64),
  dnt Nullable(UInt64),
  gpc Nullable(UInt64),
  notes Array(String), -- how to read it
  attributions Array(String) -- to be shown beside it
)
ENGINE = MergeTree
PARTITION BY toYear(since)
ORDER BY (question, since)
TTL until + INTERVAL 25 MONTH;

CREATE TABLE IF NOT EXISTS frontdesk_reports.rows
(
  since Date,
  until Date,
  question LowCardinality(String),
  filter String,
  with_bots Bool,
  purpose LowCardinality(String),
  organisation LowCardinality(Nullable(String)),
  account LowCardinality(Nullable(String)),
  country LowCardinality(Nullable(String)),
  entity LowCardinality(Nullable(String)),
  kind LowCardinality(Nullable(String)),
  reason LowCardinality(Nullable(String)),
  page LowCardinality(Nullable(String)),
  referrer LowCardinality(Nullable(String)),
  suggested LowCardinality(Nullable(String)),
  suggestion LowCardinality(Nullable(String)),
  chosen LowCardinality(Nullable(String)),
  agent LowCardinality(Nullable(String)),
  month Nullable(String), -- a day that is too few to be told is in the rest of its month: text
  week Nullable(String),
  day Nullable(String),
  hour Nullable(String),
  visits UInt64,
  visitors UInt64,
  pages Nullable(UInt64),
  first_seen Nullable(String),
  last_seen Nullable(String),
  visits_before Nullable(UInt64),
  trend_percent Nullable(Int64),
  entities Nullable(String),
  confidence LowCardinality(Nullable(String)),
  evidence Nullable(String)
)
ENGINE = MergeTree
PARTITION BY toYear(since)
ORDER BY (question, since)
TTL until + INTERVAL 25 MONTH;

-- What a dashboard shows: whole weeks, without bots and filters, for marketing. Answers of other days may lie beside them.
CREATE VIEW IF NOT EXISTS frontdesk_reports.week_totals AS
SELECT * FROM frontdesk_reports.answers
WHERE until = since + 6 AND filter = '{}' AND NOT with_bots AND purpose = 'marketing_analytics';

CREATE VIEW IF NOT EXISTS frontdesk_reports.weeks AS
SELECT * FROM frontdesk_reports.rows
WHERE until = since + 6 AND filter = '{}' AND NOT with_bots AND purpose = 'marketing_analytics';

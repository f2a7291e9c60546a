-- The visits in some segments of a book, as rows for frontdesk.visit_rows: docs/feeds.md says how it is run. The columns
-- and who is named in them are those of the view `visits` that `frontdesk log views` makes for DuckDB.
--
--   segments  the files, such as visitors-book/visit/2026-11-01/*/*.parquet
--   format    Parquet for compacted segments, JSONEachRow for lines of JSON
--   purpose   what the rows are for: only records that are kept for it are read
--   whose     own, for the company that keeps the book; with anything else, what may not leave its company is left out
WITH
  "frontdesk.treatment" = 'full'
    AND coalesce("frontdesk.signal.dnt", '') <> '1'
    AND NOT coalesce("frontdesk.signal.gpc", false) AS did_not_object,
  coalesce(
    "frontdesk.network.type" IN ('business', 'education', 'government')
      AND "frontdesk.organisation.kind" IN ('business', 'education', 'government')
      AND "frontdesk.organisation.name" IS NOT NULL
      AND NOT coalesce("frontdesk.network.may_identify", true)
      AND "frontdesk.organisation.reason" IS NULL
      AND did_not_object,
    false
  ) AS may_be_named
SELECT
  "timestamp" AS happened,
  "frontdesk.entity" AS entity,
  "geo.country.iso_code" AS country,
  "frontdesk.network.type" AS kind,
  if(may_be_named, "frontdesk.organisation.key", NULL) AS organisation,
  if(may_be_named, "frontdesk.organisation.name", NULL) AS name,
  if(may_be_named, "frontdesk.organisation.confidence", NULL) AS confidence,
  if(may_be_named, "frontdesk.organisation.source", NULL) AS source,
  if(may_be_named, "frontdesk.organisation.method", NULL) AS method,
  if(may_be_named, "frontdesk.organisation.rule", NULL) AS rule,
  if(may_be_named, "frontdesk.organisation.prefix_length", NULL) AS prefix_length,
  if(may_be_named, NULL, coalesce("frontdesk.organisation.reason", 'unknown')) AS reason,
  "http.route" AS page,
  "frontdesk.referrer" AS referrer,
  "http.response.status_code" AS status,
  "user_agent.name" AS agent,
  coalesce("user_agent.synthetic.type" = 'bot', false)
    OR coalesce("frontdesk.network.type" IN ('hosting', 'cdn'), false) AS bot,
  "frontdesk.entity.reason" AS chosen,
  "frontdesk.entity.suggested" AS suggested,
  "frontdesk.entity.suggested_outcome" AS suggestion,
  "frontdesk.database" AS database,
  "frontdesk.retention.expires_at" AS expires_at
FROM file({segments:String}, {format:String}, '
  "timestamp" DateTime64(3, \'UTC\'),
  "event_name" Nullable(String),
  "geo.country.iso_code" Nullable(String),
  "http.route" Nullable(String),
  "http.response.status_code" Nullable(Int64),
  "user_agent.name" Nullable(String),
  "user_agent.synthetic.type" Nullable(String),
  "frontdesk.network.type" Nullable(String),
  "frontdesk.network.may_identify" Nullable(Bool),
  "frontdesk.organisation.name" Nullable(String),
  "frontdesk.organisation.key" Nullable(String),
  "frontdesk.organisation.kind" Nullable(String),
  "frontdesk.organisation.confidence" Nullable(String),
  "frontdesk.organisation.source" Nullable(String),
  "frontdesk.organisation.method" Nullable(String),
  "frontdesk.organisation.rule" Nullable(String),
  "frontdesk.organisation.prefix_length" Nullable(Int64),
  "frontdesk.organisation.reason" Nullable(String),
  "frontdesk.database" Nullable(String),
  "frontdesk.referrer" Nullable(String),
  "frontdesk.signal.dnt" Nullable(String),
  "frontdesk.signal.gpc" Nullable(Bool),
  "frontdesk.treatment" Nullable(String),
  "frontdesk.entity" String,
  "frontdesk.entity.reason" Nullable(String),
  "frontdesk.entity.suggested" Nullable(String),
  "frontdesk.entity.suggested_outcome" Nullable(String),
  "frontdesk.purposes" Array(String),
  "frontdesk.transfer" Nullable(String),
  "frontdesk.retention.expires_at" DateTime64(3, \'UTC\')
')
WHERE "event_name" = 'frontdesk.visit'
  AND did_not_object
  AND has("frontdesk.purposes", {purpose:String})
  AND ({whose:String} = 'own' OR coalesce("frontdesk.transfer", '') = 'recipients')
  AND "frontdesk.retention.expires_at" > now()
SETTINGS date_time_input_format = 'best_effort'

-- The rows of some answers of `frontdesk report --format json`, for frontdesk_reports.rows.
--
--   answers  the files, such as answers/2026-11-16/*.json
SELECT
  JSONExtract(answer, 'since', 'Date') AS since,
  JSONExtract(answer, 'until', 'Date') AS until,
  arrayStringConcat(JSONExtract(answer, 'by', 'Array(String)'), ',') AS question,
  JSONExtractRaw(answer, 'where') AS filter,
  JSONExtractBool(answer, 'bots') AS with_bots,
  JSONExtractString(answer, 'purpose') AS purpose,
  JSONExtract(told, 'organisation', 'Nullable(String)') AS organisation,
  JSONExtract(told, 'account', 'Nullable(String)') AS account,
  JSONExtract(told, 'country', 'Nullable(String)') AS country,
  JSONExtract(told, 'entity', 'Nullable(String)') AS entity,
  JSONExtract(told, 'kind', 'Nullable(String)') AS kind,
  JSONExtract(told, 'reason', 'Nullable(String)') AS reason,
  JSONExtract(told, 'page', 'Nullable(String)') AS page,
  JSONExtract(told, 'referrer', 'Nullable(String)') AS referrer,
  JSONExtract(told, 'suggested', 'Nullable(String)') AS suggested,
  JSONExtract(told, 'suggestion', 'Nullable(String)') AS suggestion,
  JSONExtract(told, 'chosen', 'Nullable(String)') AS chosen,
  JSONExtract(told, 'agent', 'Nullable(String)') AS agent,
  JSONExtract(told, 'month', 'Nullable(String)') AS month,
  JSONExtract(told, 'week', 'Nullable(String)') AS week,
  JSONExtract(told, 'day', 'Nullable(String)') AS day,
  JSONExtract(told, 'hour', 'Nullable(String)') AS hour,
  JSONExtractUInt(told, 'visits') AS visits,
  JSONExtractUInt(told, 'visitors') AS visitors,
  JSONExtract(told, 'pages', 'Nullable(UInt64)') AS pages,
  JSONExtract(told, 'first_seen', 'Nullable(String)') AS first_seen,
  JSONExtract(told, 'last_seen', 'Nullable(String)') AS last_seen,
  JSONExtract(told, 'visits_before', 'Nullable(UInt64)') AS visits_before,
  JSONExtract(told, 'trend_percent', 'Nullable(Int64)') AS trend_percent,
  JSONExtract(told, 'entities', 'Nullable(String)') AS entities,
  JSONExtract(told, 'confidence', 'Nullable(String)') AS confidence,
  JSONExtract(told, 'evidence', 'Nullable(String)') AS evidence
FROM file({answers:String}, JSONAsString, 'answer String')
ARRAY JOIN JSONExtractArrayRaw(answer, 'rows') AS told

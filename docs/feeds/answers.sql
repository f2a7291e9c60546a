-- What must be known of some answers of `frontdesk report --format json`, as rows for frontdesk_reports.answers.
--
--   answers  the files, such as answers/2026-11-16/*.json
SELECT
  JSONExtract(answer, 'since', 'Date') AS since,
  JSONExtract(answer, 'until', 'Date') AS until,
  arrayStringConcat(JSONExtract(answer, 'by', 'Array(String)'), ',') AS question,
  JSONExtractRaw(answer, 'where') AS filter,
  JSONExtractBool(answer, 'bots') AS with_bots,
  JSONExtractString(answer, 'purpose') AS purpose,
  JSONExtractString(answer, 'asked_by') AS asked_by,
  JSONExtractUInt(answer, 'k') AS k,
  JSONExtractUInt(answer, 'total_visits') AS shown,
  JSONExtractUInt(answer, 'withheld', 'together') AS together,
  JSONExtractUInt(answer, 'withheld', 'left_out') AS left_out,
  JSONExtract(answer, 'summary', 'visits', 'Nullable(UInt64)') AS visits,
  JSONExtract(answer, 'summary', 'visitors', 'Nullable(UInt64)') AS visitors,
  JSONExtract(answer, 'summary', 'bots', 'Nullable(UInt64)') AS bots,
  JSONExtract(answer, 'summary', 'objections', 'visits', 'Nullable(UInt64)') AS counted,
  JSONExtract(answer, 'summary', 'objections', 'objected', 'Nullable(UInt64)') AS objected,
  JSONExtract(answer, 'summary', 'objections', 'dnt', 'Nullable(UInt64)') AS dnt,
  JSONExtract(answer, 'summary', 'objections', 'gpc', 'Nullable(UInt64)') AS gpc,
  JSONExtract(answer, 'notes', 'Array(String)') AS notes,
  JSONExtract(answer, 'attributions', 'Array(String)') AS attributions
FROM file({answers:String}, JSONAsString, 'answer String')

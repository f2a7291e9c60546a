-- Requests of browsers behind one proxy, one after the other from the file that BENCH_REQUESTS names, over and over.
-- At the end one line of JSON: what wrk counted, times in microseconds.

local requests = {}
for line in io.lines(os.getenv("BENCH_REQUESTS")) do
  requests[#requests + 1] = (line:gsub("\\r\\n", "\r\n"))
end
local at = 0

request = function()
  at = at % #requests + 1
  return requests[at]
end

done = function(summary, latency)
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write
    + summary.errors.status + summary.errors.timeout
  io.write(string.format(
    '{"requests": %d, "microseconds": %d, "failed": %d, "p50": %d, "p99": %d, "p999": %d}\n',
    summary.requests, summary.duration, failed,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end

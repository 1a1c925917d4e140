-- request_metrics: what a server counts, as text for Prometheus.  Predictions and refusals are counted by the version
-- that was asked; looks at /ping, /metrics and the like are not.

local request_metrics = {}

---@class RequestMetrics
---@field model string
---@field versions table<integer, table> counts by number
---@field order integer[] versions in the order in which they came
---@field reloads integer
---@field failed_reloads integer
---@field began number
local Metrics = { __name = "metrics of requests" }
Metrics.__index = Metrics

local MOST <const> = 20             -- versions whose counts are kept
local BOUNDS <const> = { 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10 }

---@param model string
---@param began number time of the start
---@return RequestMetrics
function request_metrics.new(model, began)
  return setmetatable({ model = model, versions = {}, order = {}, reloads = 0, failed_reloads = 0, began = began },
    Metrics)
end

local function of_version(self, number)
  local one = self.versions[number]
  if one then return one end
  one = { requests = 0, errors = {}, rows = 0, ignored = 0, seconds = 0, buckets = {} }
  for i = 1, #BOUNDS + 1 do one.buckets[i] = 0 end
  self.versions[number], self.order[#self.order + 1] = one, number
  if #self.order > MOST then self.versions[table.remove(self.order, 1)] = nil end
  return one
end

-- Counts a request.
---@param number integer the version
---@param status integer
---@param seconds number
---@param info { rows: integer?, ignored: string[]? }
function Metrics:count(number, status, seconds, info)
  local one, i = of_version(self, number), 1
  one.requests = one.requests + 1
  if status >= 400 then one.errors[status] = (one.errors[status] or 0) + 1 end
  one.rows = one.rows + (info.rows or 0)
  one.ignored = one.ignored + #(info.ignored or "")
  one.seconds = one.seconds + seconds
  while BOUNDS[i] and seconds > BOUNDS[i] do i = i + 1 end
  one.buckets[i] = one.buckets[i] + 1
end

-- ---- text ----

local function label(text) return (text:gsub('[\\"\n]', { ["\\"] = "\\\\", ['"'] = '\\"', ["\n"] = "\\n" })) end

local function head(lines, name, kind, help)
  lines[#lines + 1] = string.format("# HELP %s %s", name, help)
  lines[#lines + 1] = string.format("# TYPE %s %s", name, kind)
end

local function add(lines, name, labels, value)
  local form = math.type(value) == "integer" and "%s{%s} %d" or "%s{%s} %.15g"
  lines[#lines + 1] = string.format(form, name, labels, value)
end

local function each(self, lines, name, help, field)
  head(lines, name, "counter", help)
  for _, number in ipairs(self.order) do add(lines, name, self.labels(number), self.versions[number][field]) end
end

local function errors_of(self, lines)
  head(lines, "rille_errors_total", "counter", "requests that were refused or failed, by status")
  for _, number in ipairs(self.order) do
    local codes = {}
    for code in pairs(self.versions[number].errors) do codes[#codes + 1] = code end
    table.sort(codes)
    for _, code in ipairs(codes) do
      add(lines, "rille_errors_total", string.format('%s,code="%d"', self.labels(number), code),
        self.versions[number].errors[code])
    end
  end
end

local function histogram(self, lines)
  local name = "rille_request_seconds"
  head(lines, name, "histogram", "from the whole request to its reply")
  for _, number in ipairs(self.order) do
    local one, labels, n = self.versions[number], self.labels(number), 0
    for i = 1, #BOUNDS + 1 do
      n = n + one.buckets[i]
      add(lines, name .. "_bucket", string.format('%s,le="%s"', labels, BOUNDS[i] and string.format("%g", BOUNDS[i])
        or "+Inf"), n)
    end
    add(lines, name .. "_sum", labels, one.seconds + 0.0)
    add(lines, name .. "_count", labels, n)
  end
end

-- What the threads refused before a version was asked (rille.http).
local REFUSED <const> = { { "without_token", 401 }, { "slow_bodies", 408 }, { "too_large", 413 }, { "refused", 503 },
  { "late", 504 } }

local function of_server(self, lines, stats, labels)
  head(lines, "rille_refused_total", "counter", "requests that no version was asked, by status")
  for _, one in ipairs(REFUSED) do
    add(lines, "rille_refused_total", string.format('%s,code="%d"', labels, one[2]), stats[one[1]])
  end
  for _, one in ipairs { { "rille_connections", "gauge", "open connections", stats.connections },
    { "rille_waiting_requests", "gauge", "requests without a reply", stats.waiting },
    { "rille_connections_total", "counter", "connections since the start", stats.accepted },
    { "rille_turned_away_total", "counter", "connections that there was no room for", stats.turned_away },
    { "rille_received_bytes_total", "counter", "bytes of bodies of requests", stats.bytes_in },
    { "rille_sent_bytes_total", "counter", "bytes of bodies of replies", stats.bytes_out },
    { "rille_reloads_total", "counter", "versions that took the place of another", self.reloads },
    { "rille_failed_reloads_total", "counter", "versions that could not be served", self.failed_reloads },
    { "rille_start_time_seconds", "gauge", "when the server began", self.began + 0.0 } } do
    head(lines, one[1], one[2], one[3])
    add(lines, one[1], labels, one[4])
  end
end

-- The text; served is the version that answers now.
---@param served { number: integer, stage: string? }
---@param stats table<string, integer> of the server
---@param is_current boolean is it the version that its name stands for?
---@return string
function Metrics:text(served, stats, is_current)
  local model, lines = label(self.model), {}
  self.labels = function(number) return string.format('model="%s",version="%d"', model, number) end
  of_version(self, served.number)
  each(self, lines, "rille_requests_total", "requests that a version was asked", "requests")
  errors_of(self, lines)
  histogram(self, lines)
  each(self, lines, "rille_rows_total", "rows that were predicted", "rows")
  each(self, lines, "rille_ignored_columns_total", "columns of requests that the model does not have", "ignored")
  local labels = self.labels(served.number)
  head(lines, "rille_served", "gauge", "1: this version is what its stage or name stands for")
  add(lines, "rille_served", string.format('%s,stage="%s"', labels, label(served.stage or "none")),
    is_current and 1 or 0)
  of_server(self, lines, stats, string.format('model="%s"', model))
  return table.concat(lines, "\n") .. "\n"
end

return request_metrics

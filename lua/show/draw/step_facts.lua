-- step_facts: what the page (html.lua) says of a recorded step beside its place in the graph.
--
-- facts:of(step) -> {
--   why          { text, changes = { { what, lines = { { "-", line }... } }... }, previous = run,
--                results = { { output or metric, text }... }, more = { { label, text }... } }
--   error, tried = { { label, text }... }
--   parameters, metrics, logged, metadata = { { name, text }... }
--   log          { head = n, tail = n, left_out = bytes }     numbers of texts, from 0
--   source       { { name, place, line, text = n }... }
--   left_out     a sentence: what the page does not have of this step
-- }
--
-- The page stays small: texts that are equal are kept once, logs and sources have bounds, and of a run of thousands
-- of steps only the first hundreds, and those that failed, have more than what their rows say.

local diff_text = require "rille.show.diff_text"
local format = require "rille.base.format"
local json = require "rille.json"
local json_rows = require "rille.show.json_rows"
local project = require "rille.project"
local sparkline = require "rille.show.sparkline"
local step_source = require "rille.query.step_source"
local terminal_text = require "rille.host.terminal_text"
local text_width = require "rille.base.text_width"
local value_text = require "rille.base.value_text"
local why_hit = require "rille.query.why_hit"
local why_report = require "rille.query.why_report"

local step_facts = {}

local STEPS <const> = 600               -- steps with a log, source and changes, beside those that failed
local HEAD <const>, TAIL <const> = 4096, 12288      -- bytes of a log
local LOGS <const> = 2 << 20            -- bytes of all logs; later ones are left out
local MISSES <const> = 40               -- steps without an earlier result that are looked for
local RUNS <const> = 20                 -- earlier runs whose steps are all read
local FUNCTIONS <const>, SOURCE <const> = 6, 16384  -- of a step: functions, and bytes of them
local ERROR <const>, VALUE <const> = 8192, 400      -- bytes of an error, of a value
local LINES <const> = 200               -- changed lines
local SPARK <const> = 32                -- columns of a series

---@class StepFacts
---@field run table? row of the run; nil of a lineage
---@field texts string[]
local Facts = {}
Facts.__index = Facts

---@param run table?
---@return StepFacts
function step_facts.new(run)
  return setmetatable({ run = run, texts = {}, number = {}, left = STEPS, logs = LOGS, misses = 0 }, Facts)
end

-- Text for people: what is no printable character is shown as \x1b, colours are gone.
local function readable(text)
  return terminal_text.lines((text:gsub("\27%[[%d;]*m", ""):gsub("\r\n", "\n")))
end

local function cut(text, most)
  if #text <= most then return text end
  return text_width.head(text, most) .. "…"
end

-- The number of a text, from 0.
function Facts:text(text)
  local n = self.number[text]
  if not n then
    n = #self.texts
    self.texts[n + 1], self.number[text] = text, n
  end
  return n
end

local function pairs_of(packed)
  local values = type(packed) == "string" and json.unpack(packed) or packed or {}
  local names, list = {}, {}
  for name in next, values do names[#names + 1] = name end
  table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
  for k, name in ipairs(names) do
    local v = values[name]
    list[k] = json.array { readable(tostring(name)),
      readable(cut(math.type(v) == "float" and value_text.number(v) or value_text.text(v), VALUE)) }
  end
  return #list > 0 and json.array(list) or nil
end

local function rows_of(list)
  local made = {}
  for k, row in ipairs(list) do made[k] = json.array { readable(row[1]), readable(tostring(row[2])) } end
  return json.array(made)
end

-- Metrics with the course of those that were logged more than once.
local function metrics_of(row, notes)
  local list = pairs_of(row.metrics)
  for _, one in ipairs(list or {}) do
    local series = notes.series and notes.series[one[1]]
    if series and series.values and #series.values > 1 then one[3] = sparkline(series.values, SPARK) end
  end
  return list
end

local function changes_of(report)
  local list = {}
  for k, change in ipairs(report.changes) do
    local lines = {}
    for i, line in ipairs(change.lines or {}) do
      if i > LINES then
        lines[i] = json.array { " ", string.format("… %s more lines", format.count(#change.lines - LINES)) }
        break
      end
      lines[i] = json.array { line[1], readable(line[2]) }
    end
    list[k] = { what = readable(change.what), lines = lines[1] and json.array(lines) or nil }
  end
  return list[1] and json.array(list) or nil
end

-- "0.95 -> 0.92 (-0.03)" of the metrics of two steps.
local function add_metrics(list, before, now)
  local a = before.metrics and json.unpack(before.metrics) or {}
  for _, pair in ipairs(pairs_of(now.metrics) or {}) do
    local b = now.metrics and json.unpack(now.metrics)[pair[1]]
    local was = a[pair[1]]
    if was ~= nil and was ~= b then
      list[#list + 1] = { pair[1], diff_text.arrow(was, b)
        .. diff_text.delta(math.type(was) and math.type(b) and b - was) }
    end
  end
end

-- What the step made then and now, by digest: the values are not loaded.
local function results_of(previous, row)
  local run = previous and project.meta:run(previous)
  local before = run and project.meta:step(run.row, row.node)
  if not before then return nil end
  local old, list = {}, {}
  for _, out in ipairs(before.outputs or {}) do old[out.name] = out.digest end
  for _, out in ipairs(row.outputs or {}) do
    local was = old[out.name]
    if was == out.digest then list[#list + 1] = { out.name, "unchanged" }
    elseif was then
      local a, b = json_rows.glance_of(was) or "?", json_rows.glance_of(out.digest) or "?"
      list[#list + 1] = { out.name, a == b and "differs" or cut(a, VALUE) .. " -> " .. cut(b, VALUE) }
    end
  end
  add_metrics(list, before, row)
  return list[1] and rows_of(list) or nil
end

-- Is it known that no earlier run of the pipeline has a step with that id?
function Facts:is_new(node)
  if self.earlier == nil then
    -- pages of the runs of a pipeline go by their numbers
    local page, more = project.meta:runs { pipeline = self.run.pipeline, limit = RUNS, before = self.run.number,
      unlisted = true }
    self.earlier = not more and {}
    for _, run in ipairs(self.earlier and page or {}) do
      for _, step in ipairs(project.meta:steps(run.row)) do self.earlier[step.node] = true end
    end
  end
  return self.earlier and not self.earlier[node]
end

local RAN <const> = { completed = true, failed = true }

-- What rille why says of the step.  To find that a step had no earlier result all earlier runs are read: where there
-- are many this is done for some steps, of the others the page has the reason that was recorded.
function Facts:why(row)
  local ran = RAN[row.status_name]
  if ran and self:is_new(row.node) then return { text = row.reason and readable(row.reason) or "not run before" } end
  if ran and self.misses >= MISSES then
    return { text = row.reason and readable(row.reason) or "not in this page" }
  end
  local report = why_report.of(self.run, row)
  if report.hit then
    return { text = readable(report.reason), more = rows_of(why_hit.lines(report.hit)) }
  end
  if ran and not report.previous then self.misses = self.misses + 1 end
  local text = why_report.sentence(report)
  return { text = text and readable(text), changes = changes_of(report), previous = report.previous,
    results = results_of(report.previous, row) }
end

-- The first and the last part of a log, which end at lines.
local function parts_of(log)
  if #log <= HEAD + TAIL then return log end
  local head, tail = text_width.head(log, HEAD), text_width.tail(log, TAIL)
  head, tail = head:match "^.*\n" or head, tail:match "\n(.*)$" or tail
  return head, tail, #log - #head - #tail
end

function Facts:log(log)
  if not log or log == "" then return nil end
  local head, tail, left_out = parts_of(log)
  local size = #head + #(tail or "")
  if size > self.logs then return nil, #log end
  self.logs = self.logs - size
  return { head = self:text(readable(head)), tail = tail and self:text(readable(tail)), left_out = left_out }
end

function Facts:source(row)
  local list, bytes = {}, 0
  for k, one in ipairs(step_source.of_row(row)) do
    bytes = bytes + #one.text
    if k > 1 and (bytes > SOURCE or k > FUNCTIONS) then break end
    list[k] = { name = readable(one.name), place = readable(one.path .. (one.line and ":" .. one.line or "")),
      line = one.line or 1, text = self:text(readable(cut(one.text, SOURCE))) }
  end
  return list[1] and json.array(list) or nil
end

local function attempts_of(row)
  local list = {}
  for k, one in ipairs(project.meta:attempts(row.row) or {}) do
    list[k] = { "attempt " .. one.number, string.format("failed after %s: %s", format.seconds(one.seconds),
      one.error:match "^[^\n]*") }
  end
  return list[1] and rows_of(list) or nil
end

-- Adds the log, the source, and why, which take queries of their own.
function Facts:add_details(facts, row)
  local log, left_out = self:log(project.meta:step_row(row.row).log)
  facts.log, facts.source = log, self:source(row.row)
  if left_out then facts.left_out = string.format("Its log of %s is not in this page", format.bytes(left_out)) end
  if self.run then facts.why = self:why(row) end
  if row.status_name ~= "cached" then facts.tried = attempts_of(row) end
end

-- What a step has whose details are left out.
function Facts:add_gist(facts, row)
  facts.left_out = "Its log, source and changes are not in this page"
  if not facts.why and self.run and RAN[row.status_name] and self:is_new(row.node) then
    facts.why = { text = "not run before" }
  end
end

local ALWAYS <const> = { failed = true, running = true, stopped = true }

---@param step DrawnStep
---@return table
function Facts:of(step)
  local row = step.row or {}
  local notes = row.notes and json.unpack(row.notes) or {}
  local facts = { parameters = pairs_of(step.params or row.params), metrics = metrics_of(row, notes),
    logged = pairs_of(notes.params), metadata = pairs_of(row.metadata), error = row.error
    and readable(cut(row.error, ERROR)) }
  local reason = step.reason or row.reason
  if reason then facts.why = { text = readable(reason) } end
  if step.printed then facts.log = self:log(step.printed) end
  if not row.row then return facts end
  self.left = self.left - 1
  if self.left >= 0 or ALWAYS[step.status] then self:add_details(facts, row)
  else self:add_gist(facts, row) end
  return facts
end

return step_facts

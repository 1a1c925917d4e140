-- rille runs [PIPELINE]

local field_columns = require "rille.show.field_columns"
local fields = require "rille.query.fields"
local json = require "rille.json"
local listing = require "rille.query.listing"
local errors = require "rille.base.errors"
local format = require "rille.base.format"
local project = require "rille.project"
local global_options = require "rille.project.global_options"
local value_parser = require "rille.script.value_parser"
local out = require "rille.show.out"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"

local STATUSES = { "running", "completed", "failed", "stopped" }

local command = {
  name = "runs", order = 200, synopsis = "runs",
  summary = "list runs, newest first",
  usage = "runs [PIPELINE] [--status S] [--tag T] [--since TIME] [--where EXPR] [--sort FIELD] [--columns FIELD,...] "
    .. "[--limit N] [--unlisted] [--json]",
  takes = { "pipeline" },
  max = 1,
  options = {
    ["--status"] = { value = "STATUS", words = STATUSES, text = "only runs with this status" },
    ["--tag"] = { value = "TAG", list = true, text = "only runs with this tag" },
    ["--since"] = { value = "TIME", text = "only runs started since" },
    ["--where"] = { value = "EXPR", text = "only runs that match an expression" },
    ["--sort"] = { value = "FIELD", text = "largest value of the field first" },
    ["--columns"] = { value = "FIELD,...", text = "show these fields as columns; differ: all that differ" },
    ["--limit"] = { value = "N", text = "at most N runs" },
    ["--cursor"] = { value = "CURSOR", text = "the page that starts at CURSOR" },
    ["--unlisted"] = { text = "also unlisted runs" },
  },
  help = [[
rille runs [PIPELINE] [--status S] [--tag T] [--since TIME] [--where EXPR]
           [--sort FIELD] [--columns FIELD,...] [--limit N] [--unlisted]
           [--json]

Lists runs, newest first; for a running run, also the number of completed steps.

  --status S     only runs with status running, completed, failed or stopped
  --tag T        only runs with this tag; repeatable: with all of them
  --since TIME   started since 2026-11-01, or in the last 90m, 12h, 2d, 3w
  --where EXPR   only runs that match, for example
                 'params.gamma > 0.01 and metric.acc >= 0.9 and tag = best'
  --sort FIELD   largest first; FIELD:asc smallest first
  --columns FIELD,...    show these fields; parameters and metrics can be given
                 by name alone; differ means the parameters and metrics
                 that differ between the listed runs
  --limit N      at most N (50); --cursor C: the page that starts at C
  --unlisted     include unlisted runs: started with --unlisted, or of a
                 deleted pipeline
  --json         {"items":[RUN...],"next":CURSOR}; a RUN as in rille show,
                 without its steps but with "values", the fields that EXPR and
                 FIELD name; a running run has "progress":{"done","total"}

EXPR combines comparisons (= != < <= > >=) with and, or, not and parentheses.
The left side of a comparison is a field; the right side is a number, a word, "a
text", true, false or null.  Fields: params.NAME (also params.NAME.KEY),
metric.NAME (the last value if several steps logged it), metric.STEP.NAME (that
of one step), tag, name, pipeline, status, reason, started, seconds, number,
stack, script, ran, cached, failed, git.sha, git.dirty (rille help versions).  A
name with other characters than letters, digits, _ and - is quoted:
metric."train.v2"."val/loss".  A run without the field matches only = null; a
name that no run has is reported.  inf and -inf are ordinary numbers.  nan is
neither greater nor less than any number; = nan finds it, and it sorts last in
either order.  In JSON, they are always {"$number":"inf"}, {"$number":"-inf"}
and {"$number":"nan"}.

When the next run starts, a run whose process died is marked as failed with the
reason "interrupted".

Exit codes: 0 success; 2 usage; 3 no such pipeline; 4 no store.

  rille runs digits --status failed --since 2d
  rille runs digits --where 'params.gamma < 0.01' --columns differ
]],
}

-- Fails for a name that no pipeline had; a deleted one has unlisted runs.
local function check_pipeline(name, unlisted)
  local other = name and not project.meta:pipeline(name) and require("rille.query.did_you_mean").pipeline(name)
  if not other or unlisted and project.meta:was_pipeline(name) then return end
  errors.at(nil, 'no runs of a pipeline named "%s"%s', name, other)
end

local function print_json(list, cursor, shown)
  local items = {}
  for i, row in ipairs(list) do
    items[i] = require("rille.show.json_rows").run_head(row)
    if row.status == "running" then items[i].progress = require("rille.record.live_log").progress(row.id) end
    if shown[1] then items[i].values = field_columns.values(row, shown) end
  end
  out.json { items = json.array(items), next = cursor or json.null }
end

local COLOURS <const> = { completed = "green", failed = "red" }

-- "3 of 7 steps" of one that runs
local function progress_of(row)
  local progress = row.status == "running" and require("rille.record.live_log").progress(row.id)
  if not progress then return "" end
  return string.format("%s of %s", format.count(progress.done), format.plural(progress.total, "step"))
end

-- How long it took, or runs by now.
local function seconds_of(row)
  local seconds = row.seconds or row.status == "running" and math.max(0, sys.now() - row.started)
  return seconds and format.seconds(seconds) or ""
end

local function print_table(list, shown, by_name)
  local head, rows = { "run", "status", "started", ">took" }, {}
  -- what was asked for takes the place of the counts: 80 columns are few
  if not shown[1] then table.move({ ">ran", ">cached" }, 1, 2, 5, head) end
  field_columns.add_head(head, shown, by_name)
  head[#head + 1] = ""
  for i, row in ipairs(list) do
    local n = row.counts and json.unpack(row.counts) or {}
    local cells = { row.name, { row.status, COLOURS[row.status] or "yellow" }, format.time(row.started),
      seconds_of(row) }
    if not shown[1] then
      -- of a run whose process died the hits were not counted
      local hits = row.reason ~= "interrupted" and format.count((n.cached or 0) + (n.cut_off or 0)) or ""
      table.move({ format.count(n.ran or 0), hits }, 1, 2, 5, cells)
    end
    field_columns.add_cells(cells, row, shown)
    cells[#cells + 1] = row.reason or progress_of(row)
    rows[i] = cells
  end
  terminal.put(format.table(head, rows))
end

-- Columns ------------------------------------------------------------------------------------

local MOST <const> = 8          -- columns of what differs
local ASKED <const> = 40        -- metrics that are looked at for it, at most

-- A field of a kind, params or metric, as it is written.
local function field_of(kind, name) return kind .. "." .. fields.quoted(name) end

-- Counts the values of a field that differ.
local function count_value(seen, order, field, v)
  local one, text = seen[field], type(v) == "table" and json.pack(v) or tostring(v)
  if not one then
    one = { kinds = 0, values = {} }
    seen[field], order[#order + 1] = one, field
  end
  if not one.values[text] then one.values[text], one.kinds = true, one.kinds + 1 end
end

-- Which of the fields differ between the runs that have them, in the order of their names.
local function differing(seen, order)
  local list = {}
  table.sort(order)
  for _, name in ipairs(order) do
    if seen[name].kinds > 1 then list[#list + 1] = name end
  end
  return list
end

-- The parameters and metrics that differ between the runs that are listed.
local function columns_that_differ(o)
  local metrics, seen, order, wanted = {}, {}, {}, {}
  for _, name in ipairs(project.meta:metric_names() or {}) do
    if #metrics < ASKED and not name:find '[\\"]' then metrics[#metrics + 1] = field_of("metric", name) end
  end
  for k, v in next, o do wanted[k] = v end
  wanted.columns = metrics
  local rows, _, names = listing.runs(wanted)
  for _, row in ipairs(rows) do
    for name, v in next, row.params and json.unpack(row.params) or {} do
      if not name:find '[\\"]' then count_value(seen, order, field_of("params", name), v) end
    end
  end
  local columns = differing(seen, order)
  seen, order = {}, {}
  for _, row in ipairs(rows) do
    for k, name in ipairs(names) do
      local v = row.shown and row.shown[k]
      local split = name:find "^metric%." and (fields.split(name) or { "metric", (name:gsub("^metric%.", "")) })
      if v ~= nil and split and not split[3] then count_value(seen, order, field_of("metric", split[2]), v) end
    end
  end
  table.move(differing(seen, order), 1, MOST, #columns + 1, columns)
  return table.move(columns, 1, MOST, 1, {})
end

local ALONE <const> = { tag = true, tags = true, differ = true }
local NEWEST <const> = 200      -- runs, among which most parameters are

-- The parameter or metric of that name, or nil.
local function field_named(name)
  for _, row in ipairs(project.meta:runs { limit = NEWEST }) do
    if row.params and json.unpack(row.params)[name] ~= nil then return field_of("params", name) end
  end
  if require("rille.base.suggest").has(name, project.meta:metric_names() or {}) then return field_of("metric", name) end
  if require("rille.base.suggest").has(name, project.meta:param_names() or {}) then return field_of("params", name) end
end

-- The fields that --columns names: a parameter or a metric by its name alone, too.
local function columns_of(text, o)
  local list = {}
  for name in text:gmatch "[^,]+" do
    name = name:match "^%s*(.-)%s*$"
    if not name:find "%." and not ALONE[name] then name = field_named(name) or name end
    if name == "differ" then table.move(columns_that_differ(o), 1, MOST, #list + 1, list)
    elseif not require("rille.base.suggest").has(name, list) then list[#list + 1] = name end
  end
  return list
end

function command.run(args)
  local o = { pipeline = args[1], status = args.status, tag = args.tag, where = args.where, sort = args.sort,
    unlisted = args.unlisted, since = value_parser.since("--since", args.since),
    limit = value_parser.count("--limit", args.limit, 50), cursor = value_parser.count("--cursor", args.cursor) }
  if o.status and not require("rille.base.suggest").has(o.status, STATUSES) then
    out.usage("--status: there is no status %q%s", o.status, require("rille.base.suggest").hint(o.status, STATUSES))
  end
  project.need "read"
  check_pipeline(o.pipeline, o.unlisted)
  if args.columns then o.columns = columns_of(args.columns, o) end
  local list, cursor, shown, tags = listing.runs(o)
  if global_options.json then
    print_json(list, cursor, shown)
    return 0
  end
  field_columns.warn_of_unknown(list, shown)
  if not list[1] then
    field_columns.warn_of_tags("run", args.tag or {}, tags)
    terminal.say(o.cursor and "no more runs\n" or "no matching runs\n")
    return 0
  end
  print_table(list, shown, args.columns ~= nil)
  if cursor then
    out.line("%s", out.grey(string.format("next page: --cursor %d", cursor)))
  end
  return 0
end

return command

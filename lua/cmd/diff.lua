-- rille diff RUN RUN: compare two runs.

local compare = require "rille.query.compare"
local history = require "rille.query.history"
local json = require "rille.json"
local errors = require "rille.base.errors"
local format = require "rille.base.format"
local project = require "rille.project"
local global_options = require "rille.project.global_options"
local out = require "rille.show.out"
local text_width = require "rille.base.text_width"
local value_text = require "rille.base.value_text"
local diff_text = require "rille.show.diff_text"

local command = {
  name = "diff", order = 240, synopsis = "diff RUN RUN",
  summary = "compare two runs",
  usage = "diff RUN RUN [-v] [--json]",
  takes = { "run", "run" },
  min = 2, max = 2,
  help = [[
rille diff RUN RUN [-v] [--json]

Shows the differences between two runs, of the same pipeline or of two:
parameters, steps that only one run has, and for each step that both have (by
id):

  parameters, code (its changed lines), captured values, inputs
  wiring       where the inputs come from
  read         files, variables and modules that the step read
  output       numbers and strings by value; tables by cell; arrays by shape,
               type, the largest difference and its norm; frames by column;
               files and everything else by size
  metric       with the difference
  curve        of a metric that was logged more than once: both on one scale,
               and where they differ most

Outputs with equal digests are not loaded.  Steps are the same if none of the
above differs, whether they ran or were cached.

  RUN      a run's name, its id, or PIPELINE@-2
  -v       show all steps and all changed lines
  --json   {"a","b","run","parameters","added","removed","same","steps":[{"id",
           "step","status","seconds","changes":[{"what","lines"}],"wiring",
           "reads","outputs":[{"name","type","a","b","difference"}],
           "metrics":[{"name","a","b","delta"}],"curves":[{"name","a","b",
           "largest":{"step","delta"}}]}]}; a is the first run's side, b the
           second's.  difference has a kind: value, text, table, array, frame,
           type or members.  A side of a curve is {"steps","values"}

In a script, run:diff(other) returns the same table.

Exit codes: 0 success, with or without differences; 2 usage; 3 no such run;
4 no store.

  rille diff digits@-2 digits@-1
  rille diff nightly-1 nightly-2 --json
]],
}

local LINES <const> = 20        -- changed lines of code or text that are shown
local STEPS <const> = 30        -- steps that are shown; -v shows all

local put = out.line
local grey = out.grey

local arrow, delta_text = diff_text.arrow, diff_text.delta

local function print_lines(lines, lead)
  local limit = global_options.verbose and math.huge or LINES
  for i, line in ipairs(lines or {}) do
    if i > limit then
      return put("%s%s", lead, grey(string.format("... %s more lines; -v shows them", format.count(#lines - LINES))))
    end
    put("%s%s", lead, format.in_colour(line[1] == "-" and "red" or "green", line[1] .. " " .. line[2]))
  end
end

local function print_output(one)
  if not one.difference then
    return put("    output %s %s", one.name, one.a and one.b and "differs" or one.a and "is gone" or "is new")
  end
  local text, lines = diff_text.difference(one.difference)
  put("    output %s  %s", format.in_colour("bold", one.name), text)
  if lines and type(lines[1]) == "table" then return print_lines(lines, "      ") end
  for _, line in ipairs(lines or {}) do put("      %s", line) end
end

-- A change that many steps share is shown with the first of them.
local function print_change(change, id, shown)
  local parts = { change.what }
  for i, line in ipairs(change.lines or {}) do parts[i + 1] = line[1] .. line[2] end
  local text = table.concat(parts, "\n")
  if change.lines and shown[text] then return put("    %s, as in %s", change.what, shown[text]) end
  shown[text] = id
  put("    %s", change.what)
  print_lines(change.lines, "      ")
end

local function print_curve(curve)
  local colours = { ["-"] = "red", ["+"] = "green" }
  local lead = "curve " .. curve.name
  local blank = math.max(text_width.width(lead) + 2, 13)
  for i, line in ipairs(diff_text.curve(curve)) do
    local text = line[1] == " " and line[2] or format.in_colour(colours[line[1]], line[1]) .. " " .. line[2]
    put("    %s%s", i == 1 and text_width.fit(lead, blank) or string.rep(" ", blank), text)
  end
end

local function print_step(one, shared)
  local aside = {}
  if one.step then aside[1] = "step " .. one.step[1] .. " -> " .. one.step[2] end
  if one.status then aside[#aside + 1] = one.status[1] .. " -> " .. one.status[2] end
  put("  %s%s", format.in_colour("bold", one.id), #aside > 0 and "  " .. table.concat(aside, ", ") or "")
  for _, change in ipairs(one.changes) do print_change(change, one.id, shared) end
  for _, w in ipairs(one.wiring) do put("    input %s  from %s -> %s", w.port, w.a or "(none)", w.b or "(none)") end
  for _, read in ipairs(one.reads) do put("    read %s %s  %s", read.kind, read.name, read.change) end
  for _, output in ipairs(one.outputs) do print_output(output) end
  for _, m in ipairs(one.metrics) do put("    metric %s  %s%s", m.name, arrow(m.a, m.b), delta_text(m.delta)) end
  for _, curve in ipairs(one.curves) do print_curve(curve) end
end

local function side(sign, colour, run)
  put("%s %s  %s", format.in_colour(colour, sign), format.in_colour("bold", run.name),
    grey(table.concat({ format.time(run.started), run.status, run.seconds and format.seconds(run.seconds) }, ", ")))
end

local function print_ids(word, colour, ids)
  if #ids == 0 then return end
  local shown = table.move(ids, 1, math.min(#ids, 8), 1, {})
  if #ids > #shown then shown[#shown + 1] = format.count(#ids - #shown) .. " more" end
  put("%s  %s", format.in_colour(colour, word), table.concat(shown, ", "))
end

local function print_all(told)
  side("-", "red", told.a)
  side("+", "green", told.b)
  for _, one in ipairs(told.run) do
    if one.name ~= "status" then put("%s  %s", one.name, arrow(one.a, one.b)) end
  end
  for _, one in ipairs(told.parameters) do put("parameter %s  %s", one.name, arrow(one.a, one.b)) end
  print_ids("steps added", "green", told.added)
  print_ids("steps removed", "red", told.removed)
  local shared = {}
  for i, one in ipairs(told.steps) do
    if i > STEPS and not global_options.verbose then
      put("%s", grey(string.format("  ... %s more that differ; -v shows them", format.count(#told.steps - STEPS))))
      break
    end
    print_step(one, shared)
  end
  local n = #told.steps
  put("%s", grey(n == 0 and #told.added + #told.removed == 0 and "no step differs"
    or string.format("%s, %s the same", n == 1 and "1 step differs" or format.count(n) .. " steps differ",
      format.count(told.same))))
end

local LISTS <const> = { changes = true, wiring = true, reads = true, outputs = true, metrics = true, curves = true,
  values = true, run = true, parameters = true, added = true, removed = true, steps = true, lines = true, cells = true,
  columns = true, members = true }

-- A copy for JSON: what it has no word for in the packed spelling, a changed line
-- as one string, empty lists as lists.
local function plain(v, name)
  local infinite = type(v) == "number" and (v ~= v or v == math.huge or v == -math.huge)
  if infinite or type(v) == "string" and not utf8.len(v) then return value_text.plain(v) end
  if type(v) ~= "table" then return v end
  if name == "line" then return v[1] .. v[2] end
  local copy = {}
  for k, x in next, v do copy[k] = plain(x, name == "lines" and "line" or k) end
  return LISTS[name] and json.array(copy) or copy
end

local function print_json(told)
  for _, run in ipairs { told.a, told.b } do run.started = format.iso(run.started) end
  out.json(plain(told))
end

local function find(what)
  local run, message = history.find_run(what)
  if not run then errors.at(nil, "%s", message) end
  return rawget(run, "row")
end

function command.run(args)
  project.need "read"
  local told = compare.runs(find(args[1]), find(args[2]))
  if global_options.json then print_json(told) else print_all(told) end
  return 0
end

return command

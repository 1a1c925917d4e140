-- rille lineage ARTIFACT [--up | --down]: what it was made from, what was made
-- from it.
--
-- Lineage is by recorded wires (lua/query/lineage.lua); lua/show/lineage_tree.lua has its rows.

local hash = require "rille.host.hash"
local history = require "rille.query.history"
local json = require "rille.json"
local lineage = require "rille.query.lineage"
local lineage_graph = require "rille.show.lineage_graph"
local model_marks = require "rille.query.model_marks"
local lineage_tree = require "rille.show.lineage_tree"
local format = require "rille.base.format"
local project = require "rille.project"
local global_options = require "rille.project.global_options"
local value_parser = require "rille.script.value_parser"
local json_rows = require "rille.show.json_rows"
local out = require "rille.show.out"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"
local text_width = require "rille.base.text_width"

local command = {
  name = "lineage", order = 280, synopsis = "lineage NAME",
  summary = "show what an artifact was computed from or used for",
  usage = "lineage ARTIFACT|MODEL[@VERSION] [--up | --down] [--depth N] [--all] [--json]",
  takes = { "artifact,model" },
  min = 1, max = 1,
  options = {
    ["--up"] = { text = "what it was made from" },
    ["--down"] = { text = "what was made from it" },
    ["--depth"] = { value = "N", text = "at most N steps deep" },
    ["--all"] = { text = "text in full" },
  },
  help = [[
rille lineage ARTIFACT|MODEL[@VERSION] [--up | --down] [--depth N] [--all]
              [--json]

Shows how an artifact was computed: the step that produced it, the steps that
produced its inputs, and so on, across runs and pipelines, one step per line
with its outputs.  A chain of steps goes straight down; branches are drawn
beside it.  Each step is drawn once; further references say "see above" or "see
below".

Lineage follows the wires that each run recorded, not equal bytes: a step
belongs to the run that had the artifact first, and "cached from" names the run
that computed the result.  "model digits 3 (production)" is the version of a
model that the artifact belongs to.  A value from another pipeline continues
into the run that produced it.  "(after STEP)" is a step that was waited for
without using its output.  "given" is a value from the script, not from a step.
"unknown" is an output whose step is not in the record, in runs of older
versions of rille.

MODEL[@VERSION] means the artifact of kind model of that version of a model.
ARTIFACT is NAME, NAME@VERSION, or a digest.  If several artifacts have the same
bytes, a digest means the latest, and the last line says so.

  --up        what the artifact was computed from (the default)
  --down      what was computed from it; equal runs of a step are drawn as one
  --depth N   at most N steps deep; by default text ends after 40, JSON has all
  --all       the complete text; by default the middle of a long chain, and more
              than 9 inputs or steps side by side, are summarised in a line
  --json      {"artifact","direction","origin","others","items":[{"step",
              "pipeline","run","cached_from","inputs":[DIGEST],
              "outputs":[DIGEST]}],"next":null}: up the newest first, down the
              oldest; "models":[{"model","version","stage"}] if an output
              belongs to versions of models; origin is "given" or "unknown" if
              the step is not known, others the number of further artifacts with
              its bytes

Exit codes: 0 success; 2 usage; 3 no such artifact; 4 no store.

  rille lineage digits::evaluator::best_acc
  rille lineage digits::load_digits::X_train --down
]],
}

local STEP <const> = 36         -- columns, at most, to which the column of the steps is filled up
local TEXT <const> = 32         -- columns of an artifact's text

-- Text ---------------------------------------------------------------------------------

-- What there is to say of an artifact beside its digest.
local function text_of(digest)
  local artifact = project.meta:artifact(digest)
  if not artifact then return "?" end
  local glance = json_rows.glance(artifact)
  if artifact.preview then return glance end
  return glance and artifact.type .. " " .. glance or artifact.type
end

local COLOUR <const> = { completed = "green", cached = "blue", failed = "red", running = "yellow", stopped = "yellow" }

-- The cells of a row: the step behind its rails, the digest, what it is, where it is from.
local function cells_of(row)
  local text = row.digest and not row.again and text_width.cut(terminal.line(text_of(row.digest)), TEXT)
  local digest = row.digest and hash.hex(row.digest):sub(1, 12) or ""
  return { row.lead .. row.glyph .. " " .. terminal.line(row.name), digest, text or "", terminal.line(row.aside or "") }
end

local LEAST <const> = 10        -- columns of a text that say something
local RUN <const> = 34          -- columns that the name of a run is given before such a text

-- The widths of the columns; a step that is wider than STEP does not count.  Where a line is too short, the run that an
-- artifact is from is worth more than a look at its values.
local function widths_of(cells, columns)
  local step, text, aside = 0, 0, 0
  for _, c in next, cells do
    local width = text_width.width(c[1])
    if width <= STEP then step = math.max(step, width) end
    text, aside = math.max(text, text_width.width(c[3])), math.max(aside, text_width.width(c[4]))
  end
  local room = columns - step - 12 - math.min(aside, RUN) - 6
  return { step, 12, room >= text and text or room >= LEAST and room or 0, 0 }
end

-- A line of cells, each filled up to its width and all cut to the columns that are left.
local function line_of(row, cells, widths, columns)
  local lead = row.lead .. row.glyph
  local parts, left = { format.in_colour("grey", row.lead), format.in_colour(COLOUR[row.status] or "grey", row.glyph) },
    columns - text_width.width(lead)
  for k, cell in ipairs(cells) do
    local text = text_width.cut(k == 1 and cell:sub(#lead + 1) or cell, math.max(1, left))
    local width = widths[k] - (k == 1 and text_width.width(lead) or 0)
    left = left - math.max(text_width.width(text), width) - 2
    if k == 2 or k == 4 then text = format.in_colour("grey", text) .. string.rep(" ", width - text_width.width(text))
    else text = text .. string.rep(" ", width - text_width.width(text)) end
    if k ~= 3 or widths[3] > 0 then parts[#parts + 1] = text .. "  " else left = left + 2 end
    if left <= 0 then break end
  end
  return (table.concat(parts):gsub("%s+$", ""))
end

local function grey(text, columns) return format.in_colour("grey", text_width.cut(text, columns)) end

-- The artifact as a LineageEnd: where the command begins.
local function end_of(walk, row)
  local node, output, unknown = walk:maker(row)
  return { node = node, output = output, digest = row.digest, origin = not node and (unknown or "given") or nil,
    name = row.name and row.name .. (row.number and "@" .. row.number or "") }
end

local NOTHING <const> = { given = "given: not computed by a step", unknown = "unknown: not in the record" }

-- The lines of the lineage of an artifact.
local function lines_of(row, options)
  local is_terminal, width = sys.is_terminal(1)
  local columns, walk = is_terminal and width or math.huge, lineage.new()
  local source = end_of(walk, row)
  options.marks = model_marks.new()
  local rows, cut = lineage_tree.rows(walk, source, options)
  local cells, lines = {}, {}
  for i, one in ipairs(rows) do cells[i] = not one.note and cells_of(one) or nil end
  local widths = widths_of(cells, columns)
  for i, one in ipairs(rows) do
    if cells[i] then cells[i][3] = text_width.cut(cells[i][3], widths[3]) end
    lines[i] = cells[i] and line_of(one, cells[i], widths, columns)
      or grey(one.lead .. (one.glyph or "") .. terminal.line(one.note), columns)
  end
  if #rows == 1 then
    lines[2] = grey("╰─ " .. (options.direction == "up" and NOTHING[source.origin] or "no step uses it"), columns)
  end
  if cut then lines[#lines + 1] = grey("… deeper steps are left out; a larger --depth shows them", columns) end
  if (row.others or 0) > 0 then
    local text = "latest of %d with these bytes; for another: rille lineage NAME@VERSION"
    lines[#lines + 1] = grey(text:format(row.others + 1), columns)
  end
  return lines
end

-- JSON -------------------------------------------------------------------------------

local function hexes(list)
  local found = {}
  for i, one in ipairs(list) do found[i] = hash.hex(one.digest) end
  return json.array(found)
end

-- The versions of models that outputs of the node belong to, each once; nil for none.
local function models_json(walk, node, marks)
  local list, seen
  for _, output in ipairs(walk:outputs(node)) do
    for _, one in ipairs(marks(node.run, output.digest) or {}) do
      list, seen = list or {}, seen or {}
      local key = one.model .. "@" .. one.number
      if not seen[key] then
        seen[key], list[#list + 1] = true, { model = one.model, version = one.number, stage = one.stage or "none" }
      end
    end
  end
  return list and json.array(list)
end

local function print_json(row, direction, depth)
  local walk, items, marks = lineage.new(), {}, model_marks.new()
  local source = end_of(walk, row)
  for i, node in ipairs(lineage_graph.within(walk, source, direction, depth)) do
    items[i] = { step = node.id, pipeline = node.pipeline, run = node.name, cached_from = node.from,
      inputs = hexes(walk:inputs(node)), outputs = hexes(walk:outputs(node)), models = models_json(walk, node, marks) }
  end
  out.json { artifact = hash.hex(row.digest), direction = direction, origin = source.origin,
    others = row.others, items = json.array(items), next = json.null }
end

function command.run(args)
  collectgarbage("setpause", 1000)      -- what is made is needed until the end, which is near
  if args.up and args.down then out.usage "lineage: --up or --down, not both" end
  local depth = value_parser.count("--depth", args.depth, nil)
  project.need "read"
  local model, which = args[1]:match "^([^@:]+)@?(.*)$"
  local is_model = model and not project.meta:find_artifact(args[1]) and project.answer(project.meta:model(model))
  local row = is_model
    and require("rille.query.version_artifacts").main(model, which ~= "" and which or "latest")
    or history.need_artifact(args[1])
  local direction = args.down and "down" or "up"
  if global_options.json then print_json(row, direction, depth or math.huge)
  else
    terminal.put(table.concat(lines_of(row, { direction = direction, depth = depth, all = args.all }), "\n"), "\n")
  end
  return 0
end

return command

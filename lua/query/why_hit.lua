-- why_hit: why a step was taken from the cache.
--
-- why_hit.of(run, step) -> {
--   run, step   that computed the result        made, seconds   when, and how long it took
--   twin        that step is another one of the same run
--   cut_off     { steps of the run that ran and that it was wired to... } or nil
--   parameters, inputs = { { name, digest }... }, leaves   what the key is made of
--   reads       { { kind, name, digest, path = the file of a module }... }   what was checked, and is unchanged
-- }

local json = require "rille.json"
local hash = require "rille.host.hash"
local lineage = require "rille.query.lineage"
local observe = require "rille.host.observe"
local format = require "rille.base.format"
local project = require "rille.project"
local value_text = require "rille.base.value_text"

local why_hit = {}

local CUT_OFF <const> = 6

-- The steps that ran in the run and that the step was wired to.
local function makers(run, step)
  local walk, names, seen = lineage.new(), {}, {}
  local node = walk:node(run.row, step.position)
  for _, e in ipairs(node and walk:inputs(node) or {}) do
    local from = e.node
    if from and from.run == run.row and from.status == "completed" and not seen[from.id] then
      seen[from.id], names[#names + 1] = true, from.id
    end
  end
  return names
end

local function inputs_of(row)
  local list = {}
  for i, input in ipairs(row.inputs or {}) do list[i] = { name = input.name, digest = hash.hex(input.digest) } end
  return list
end

local function reads_of(row)
  local list = {}
  for _, fact in ipairs(row.reads and observe.describe(row.reads) or {}) do
    list[#list + 1] = { kind = fact.kind, name = fact.name, digest = fact.digest, path = fact.path }
  end
  return list
end

---@param run table a row of a run
---@param step table a step of it, from the metadata; its result was taken
---@return table
function why_hit.of(run, step)
  local row = project.meta:step_row(step.row)
  local code = row.code and row.code.leaves and json.unpack(row.code.leaves) or {}
  return {
    run = step.run.name, step = step.run.node, made = row.started, seconds = row.seconds,
    twin = step.run.row == run.row,
    cut_off = step.status == CUT_OFF and makers(run, step) or nil,
    parameters = row.params and json.unpack(row.params) or {}, inputs = inputs_of(row), leaves = code.leaves
      or {}, reads = reads_of(row),
  }
end

-- As text ------------------------------------------------------------------------

local NOUNS = { file = "file", folder = "listing", absent = "absent file", env = "variable", module = "module",
  write = "written file", value = "value" }

-- "2 files, 1 variable"
local function reads_text(reads)
  local count, order, parts = {}, {}, {}
  for _, one in ipairs(reads) do
    local noun = NOUNS[one.kind] or one.kind
    if not count[noun] then order[#order + 1] = noun end
    count[noun] = (count[noun] or 0) + 1
  end
  for i, noun in ipairs(order) do parts[i] = format.plural(count[noun], noun) end
  return table.concat(parts, ", ")
end

-- The reason in one sentence.
function why_hit.reason(hit)
  if hit.twin then return string.format("the same work as %s of this run, which made it", hit.step) end
  return string.format("same key as %s/%s, and nothing the step read has changed", hit.run, hit.step)
end

local function size(t)
  local n = 0
  for _ in next, t do n = n + 1 end
  return n
end

-- The lines below the reason: { label, text }.
function why_hit.lines(hit)
  local lines = {}
  local function put(label, fmt, ...) lines[#lines + 1] = { label, string.format(fmt, ...) } end
  put("result of", "%s/%s", hit.run, hit.step)
  put("made", "%s in %s", format.time(hit.made), format.seconds(hit.seconds or 0))
  if hit.cut_off then
    local names = hit.cut_off
    local n = #names
    if n > 4 then names = { names[1], names[2], names[3], format.count(n - 3) .. " more" } end
    put("cutoff", n == 0 and "its inputs were known only in the run, and are unchanged"
      or "%s ran again, with the same output", table.concat(names, ", "))
  end
  local parts = { "code" }
  local params, inputs = size(hit.parameters), #hit.inputs
  if params > 0 then parts[#parts + 1] = format.plural(params, "parameter") end
  if inputs > 0 then parts[#parts + 1] = format.plural(inputs, "input") .. " (by digest)" end
  put("unchanged", "%s", table.concat(parts, ", "))
  if #hit.reads > 0 then put("and read", "%s", reads_text(hit.reads)) end
  return lines
end

-- All that was compared: { label, text, what }.
function why_hit.details(hit)
  local lines = {}
  local function put(label, text, aside) lines[#lines + 1] = { label, text, aside or "" } end
  for _, leaf in ipairs(hit.leaves) do
    local at = leaf.source and string.format("%s:%d", leaf.source:gsub("^[@=]", ""), leaf.line or 0)
    put(leaf.kind == "function" and "function" or "value", leaf.path, at or leaf.text)
  end
  local names = {}
  for name in next, hit.parameters do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    put("parameter", name, value_text.text(hit.parameters[name]))
  end
  for _, input in ipairs(hit.inputs) do put("input", input.name, input.digest:sub(1, 12)) end
  for _, one in ipairs(hit.reads) do
    put(NOUNS[one.kind] or one.kind, (one.name:gsub("^code ", "code of ")), one.digest and one.digest:sub(1, 12))
  end
  return lines
end

return why_hit

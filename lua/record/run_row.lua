-- run_row: what is recorded of a run when it begins: its name, its script, the wiring, what it was asked for; and
-- the code of its steps, which `rille why` compares.

local errors = require "rille.base.errors"
local external = require "rille.script.external"
local graph = require "rille.graph"
local hash = require "rille.host.hash"
local json = require "rille.json"
local key = require "rille.cache.key"
local meta = require "rille.host.meta"
local observe = require "rille.host.observe"
local program = require "rille.project.program"
local project = require "rille.project"
local sys = require "rille.host.sys"

local run_row = {}

-- Code -----------------------------------------------------------------------------------

-- The parts of a step's code, as plain data with digests in hex.
local function leaves_of(info)
  local list = {}
  for i, leaf in ipairs(info.leaves) do
    list[i] = { path = leaf.path, kind = leaf.kind, digest = hash.hex(leaf.digest):sub(1, 32), text = leaf.text,
      source = leaf.source,
      line = leaf.line, last = leaf.last, code = leaf.code }
  end
  return list
end

local function ports_text(step)
  local words = {}
  for _, port in ipairs(step.inputs) do words[#words + 1] = port.name .. ":" .. port.type.name end
  words[#words + 1] = "->"
  for _, port in ipairs(step.outputs) do words[#words + 1] = port.name .. ":" .. port.type.name end
  return table.concat(words, " ")
end

-- What a step's code is made of.
---@param step table
---@param spec table of key.spec_of
---@return { digest: string, leaves: string } code leaves is JSON
function run_row.code(step, spec)
  local text = json.pack {
    -- a command's recipe tells more than the leaves of the closure over it
    leaves = not step.command and leaves_of(spec.info) or {},
    command = step.command and require("rille.script.command_recipe").text(step.command) or nil,
    ports = ports_text(step), version = step.version or nil,
    save = spec.save ~= "" and hash.hex(spec.save) or nil,
  }
  return { digest = hash.fields("c", spec.prefix), leaves = text }
end

-- Names ----------------------------------------------------------------------------------

local FIELDS <const> = {
  date = function(now) return string.format("%04d%02d%02d", now.year, now.month, now.day) end,
  time = function(now) return string.format("%02d%02d%02d", now.hour, now.min, now.sec) end,
  pipeline = function(_, pipeline) return pipeline.name end,
  n = function() return nil end,            -- the metadata fills in the number
}

-- The name of a run with its fields {date}, {time} and {pipeline} filled in.
---@param name string
---@param pipeline table
---@return string
function run_row.fill_name(name, pipeline)
  local flaw = require("rille.script.value_parser").name_flaw(name)
  if flaw then errors.raise("run_name: %s", flaw) end
  local now = os.date "!*t"
  return (name:gsub("{(%a+)}", function(field) return FIELDS[field](now, pipeline) end))
end

-- The row --------------------------------------------------------------------------------

local function check_tags(tags)
  for _, tag in ipairs(tags) do
    local flaw = require("rille.script.tag_names").flaw(tag)
    if flaw then errors.raise("tags: %s", flaw) end
  end
  return tags
end

-- What its configuration adds to the run, and which steps it was asked for, as JSON.
local function extra_of(options)
  local extra = options.extra
  if options.only or options.from then
    extra = {}
    for k, v in next, options.extra or {} do extra[k] = v end
    extra.only, extra.from = options.only, options.from
  end
  return extra and json.pack(extra) or nil
end

-- The texts that the run loaded, and what was entered at the prompt.
local function sources_of()
  local list = observe.sources()
  list[#list + 1] = program.entries_source(function(digest) return project.meta:source(digest) end)
  return list
end

-- The fields that meta:take_memo takes: those of a run but for its wiring and what it takes from outside.
---@param pipeline table
---@param params table
---@param options table of the run; recorded_as: the pipeline in whose history it is, in place of its own
---@param name string? its name, filled in
---@param stack rille.stack? nil: the default one
---@return table fields
function run_row.asked(pipeline, params, options, name, stack)
  return {
    id = meta.new_id(), name = name or pipeline.name .. "-" .. os.date "!%Y%m%d-%H%M%S" .. "-{n}",
    pipeline = options.recorded_as or pipeline.name, params = json.pack(params),
    script = program.script and project.show_path(program.script) or "",
    stack = stack and stack.name or "default", cache = options.cache ~= false and pipeline.cache ~= false,
    unlisted = options.unlisted or false, invisible = options.invisible, started = sys.now(),
    tags = json.pack(check_tags(options.tags or {})), keys = key.FORMAT, sources = sources_of(),
    extra = extra_of(options),
  }
end

-- The fields that meta:begin_run takes.
---@param g table the graph
---@param plan Plan
---@return table fields
function run_row.fields(pipeline, params, g, options, name, stack, plan)
  local fields = run_row.asked(pipeline, params, options, name, stack)
  if plan.memo then fields.spec, fields.spec_hash = plan.memo:wiring(plan)
  else fields.spec, fields.spec_hash = graph.spec(g) end
  fields.origins = external.origins(g)
  return fields
end

return run_row

-- config: options of a run from YAML files (--config).
--
--   config.read(path, shown) -> file      the tree with the places of its values (config_file.lua)
--   config.read_all(paths) -> file        of several, each over those before it
--   config.applied(pipeline, options) -> options
--
-- options.config is a file, its path, a table in place of one, or a list of such.  Its values are used where the
-- options have none: the command line comes before :run {}, this before YAML, YAML before the code.
-- The result has `adjust`, which pipeline_graph.build calls with the graph, and
-- `origin`: { ["gamma" | "train.C" | "cache" ...] = { at = "FILE:LINE", env =, over =, with = } }:
-- over and with are lists of FILE:LINE, what it replaces and what maps it was merged with.

local config_file = require "rille.script.config_file"
local graph = require "rille.graph"
local json = require "rille.json"
local errors = require "rille.base.errors"
local global_options = require "rille.project.global_options"
local value_parser = require "rille.script.value_parser"
local step = require "rille.script.step"
local step_options = require "rille.script.step_options"
local suggest = require "rille.base.suggest"
local types = require "rille.script.types"

local config = {}

local t = types.t
local MODES <const> = { "stop_on_failure", "fail_fast", "continue_on_failure" }

local spot_at, place, fail_at, origin_of = config_file.spot_at, config_file.place, config_file.fail_at,
  config_file.origin_of
local is_null, children = config_file.is_null, config_file.children

-- The value as the type takes it; raises at its place when it does not fit.
local function typed(spot, typ, what)
  local function text_of(path)
    local at = spot.file.where[path]
    return at.plain and at.text or nil
  end
  local v = value_parser.guide(typ, spot.v, text_of, spot.path)
  local value, expected = types.admit(typ, v)
  if value == types.REFUSED and place(spot).env then
    local ok, parsed = pcall(value_parser.parse, typ, place(spot).text, what)
    if ok and parsed ~= json.null then return parsed end
  end
  if value == types.REFUSED then
    local found = type(v) == "table" and (v[1] ~= nil and "a list" or "a map")
      or place(spot).plain and place(spot).text or errors.describe(v)
    local inner = type(v) == "table" and expected:match "^(.*%(element .*%))$"       -- it says what was found
    fail_at(spot, false, "%s: expected %s", what, inner or expected .. ", found " .. found)
  end
  return value
end

-- The value without fields that are null, which the tree keeps so that their keys are checked.
local function without_nulls(v) return value_parser.guide(nil, v, function() return nil end, "") end

-- The spot of a field of the map that the message is about, or the map's own.
local function spot_of_field(spot, message)
  local name = message:match 'unknown field "([^"]+)"'
  local inner = name and type(spot.v) == "table" and config_file.child(spot, name)
  return inner and place(inner) and inner or spot
end

-- Calls f; a mistake is raised at the spot instead of at the script's position.
local function call_at(spot, f, ...)
  local ok, result = pcall(f, ...)
  if ok then return result end
  if type(result) ~= "string" then error(result, 0) end
  local at = errors.where()
  if at and result:sub(1, #at + 2) == at .. ": " then result = result:sub(#at + 3) end
  fail_at(spot_of_field(spot, result), true, "%s", (result:gsub('^(step "[^"]*": )with: ', "%1")))
end

-- Reading ----------------------------------------------------------------------

local function unsupported(spot, key) fail_at(spot, true, '"%s" is not supported by this version of rille', key) end

-- Each reads a value of the file into `out`: an option, and its origin.
local readers = {}

local function keep(out, name, spot, v)
  out[name] = v
  out.origin[name] = origin_of(spot)
end

function readers.run_name(out, spot)
  local name = typed(spot, t.string, "run_name")
  local flaw = value_parser.name_flaw(name)
  if flaw then fail_at(spot, false, "run_name: %s", flaw) end
  keep(out, "run_name", spot, name)
end

function readers.enable_cache(out, spot) keep(out, "cache", spot, typed(spot, t.boolean, "enable_cache")) end

function readers.tags(out, spot)
  local tags = typed(spot, types.list(t.string), "tags")
  for _, tag in ipairs(tags) do
    local flaw = require("rille.script.tag_names").flaw(tag)
    if flaw then fail_at(spot, false, "tags: %s", flaw) end
  end
  keep(out, "tags", spot, tags)
end

function readers.extra(out, spot)
  children(spot, "extra")
  local extra = without_nulls(spot.v)
  local ok, message = pcall(json.pack, extra)          -- a table of a script may have what no file has
  if not ok then fail_at(spot, false, "%s", (tostring(message):gsub("^.-value%.", "its field "))) end
  keep(out, "extra", spot, extra)
end

function readers.parameters(out, spot) out.parameters = children(spot, "parameters") end

function readers.stack(out, spot) keep(out, "stack", spot, typed(spot, t.string, "stack")) end

function readers.model(out, spot)
  local fields = {}
  for _, pair in ipairs(children(spot, "model")) do
    if pair[2].v ~= json.null then fields[pair[1]] = without_nulls(pair[2].v) end
  end
  fields.name = fields.name or out.own_model
  if not fields.name then fail_at(spot, true, "model: name is missing, and the pipeline has no model") end
  local version = config_file.child(spot, fields.version ~= nil and "version" or "name")
  local position = config_file.position_of(place(version) and version or spot) or errors.where()
  keep(out, "model", spot, call_at(spot, require("rille.script.model").of_fields, "model", fields, position))
end

local function names_of(map)
  local names = {}
  for name in next, map do names[#names + 1] = name end
  return names
end

local function read_keys(out, spot, map, what)
  for _, pair in ipairs(children(spot, what)) do
    local key, value = pair[1], pair[2]
    if not map[key] then
      local meant = require("rille.base.synonyms").field(key, map)
      fail_at(value, true, 'unknown key "%s"%s', key, meant and string.format('; did you mean "%s"?', meant)
        or suggest.hint(key, names_of(map)))
    end
    if not is_null(value) then map[key](out, value, key) end
  end
end

-- A timetable from the text at the spot: a mistake is told at its place in the text.
local function timetable(spot, read, what)
  if type(spot.v) ~= "string" then
    fail_at(spot, false, '%s: expected text such as %s, found %s', what,
      what:find "every" and "15m" or '"0 3 * * *"', errors.describe(spot.v))
  end
  local time, message, offset = read(spot.v)
  if time then return time end
  local at = place(spot)
  if at.line and not spot.v:find "\n" then at.column = at.column + offset - (at.plain and 1 or 0) end
  fail_at(spot, false, "%s: %s", what, message)
end

local SCHEDULE = {
  cron = function(out, spot) out.schedule = timetable(spot, require("rille.script.cron").parse, "schedule: cron") end,
  every = function(out, spot) out.schedule = timetable(spot, require("rille.script.cron").every, "schedule: every") end,
}

-- When rille schedule is to run it; a run itself does not ask.
function readers.schedule(out, spot)
  if type(spot.v) ~= "table" then
    out.schedule = timetable(spot, require("rille.script.cron").parse, "schedule")
  else
    local list = children(spot, "schedule")
    if list[2] then fail_at(list[2][2], true, "schedule: give one of cron and every") end
    read_keys(out, spot, SCHEDULE, "schedule")
  end
  out.origin.schedule = origin_of(spot)
end

local function read_jobs(out, spot) keep(out, "jobs", spot, typed(spot, t.integer { min = 1 }, "jobs")) end

local function read_mode(out, spot)
  keep(out, "execution_mode", spot, typed(spot, t.enum(MODES), "execution_mode"))
end

local SETTINGS = { jobs = read_jobs, execution_mode = read_mode }

function readers.settings(out, spot) read_keys(out, spot, SETTINGS, "settings") end

local function step_option(name)
  return function(out, spot, key)
    if not step_options.NAMES[name] then unsupported(spot, key) end
    out.options[name] = without_nulls(spot.v)
    out.spots[name] = spot
  end
end

local STEP = {
  parameters = function(out, spot) out.parameters = children(spot, "parameters") end,
  enable_cache = function(out, spot)
    out.spots.cache = spot
    -- true leaves a step off that is off by itself
    if not typed(spot, t.boolean, "enable_cache") then out.options.cache = false end
  end,
  retries = step_option "retries", timeout = step_option "timeout", resources = step_option "resources",
}

function readers.steps(out, spot)
  out.steps = {}
  for i, pair in ipairs(children(spot, "steps")) do
    local one = { id = pair[1], spot = pair[2], parameters = {}, options = {}, spots = {} }
    read_keys(one, one.spot, STEP, "steps." .. one.id)
    out.steps[i] = one
  end
end

config.read, config.read_all = config_file.read, config_file.read_all

-- Applying ---------------------------------------------------------------------

local function unknown(spot, what, name, names)
  fail_at(spot, true, '%s "%s"%s', what, name, suggest.hint(name, names))
end

-- The given parameters of the pipeline and, for others, those of the file.
local function pipeline_params(pipeline, out, given)
  local params, declared, names = {}, {}, {}
  for k, v in next, given or {} do params[k] = v end
  for i, p in ipairs(pipeline.params) do declared[p.name], names[i] = p, p.name end
  for _, pair in ipairs(out.parameters or {}) do
    local name, spot = pair[1], pair[2]
    local p = declared[name]
    if not p then unknown(spot, string.format('pipeline "%s": unknown parameter', pipeline.name), name, names) end
    if not is_null(spot) then
      local v = typed(spot, p.type, string.format('parameter "%s"', name))
      if params[name] == nil then
        params[name] = v
        out.origin[name] = origin_of(spot)
      end
    end
  end
  return params
end

local function set_node_params(node, one, origin)
  local spec, names = node[graph.STEP], {}
  for i, p in ipairs(spec.params) do names[i] = p.name end
  for _, pair in ipairs(one.parameters) do
    local name, spot = pair[1], pair[2]
    local i = spec.index.param[name]
    if not i then unknown(spot, string.format('step "%s": unknown parameter', one.id), name, names) end
    if not is_null(spot) then
      node[graph.PARAMS][name] = typed(spot, spec.params[i].type, string.format('step "%s": parameter "%s"', one.id,
        name))
      origin[one.id .. "." .. name] = origin_of(spot)
    end
  end
end

-- The step with the option; a mistake names the step by its id, as the file does.
local function with_option(spec, id, name, v)
  local ok, result = pcall(step.Step.with, spec, { [name] = v })
  if ok then return result end
  if type(result) == "string" then
    result = result:gsub('step "[^"]*": ', function() return 'step "' .. id .. '": ' end, 1)
  end
  error(result, 0)
end

-- Applies what the file says of steps to the nodes of the graph.
local function adjust(g, out)
  local ids = {}
  for i, node in ipairs(g.nodes) do ids[i] = node[graph.ID] end
  for _, one in ipairs(out.steps or {}) do
    local node = g.by_id[one.id]
    if not node then unknown(one.spot, "there is no step", one.id, ids) end
    set_node_params(node, one, out.origin)
    for name, v in next, one.options do
      graph.set_step(node, call_at(one.spots[name], with_option, node[graph.STEP], one.id, name, v))
    end
    for name, spot in next, one.spots do out.origin[one.id .. "." .. name] = origin_of(spot) end
  end
end

local PLAIN <const> = { "run_name", "tags", "extra", "stack", "model", "jobs", "execution_mode" }

---@param pipeline table
---@param options table of a run or a plan
---@return table options the same when there is no configuration
function config.applied(pipeline, options)
  if not options.config then return options end
  local out = { origin = {}, own_model = pipeline.model and pipeline.model.name }
  local file = config_file.of_option(options.config)
  read_keys(out, spot_at(file, "", file.v), readers, "the configuration")
  local made = {}
  for k, v in next, options do made[k] = v end
  for _, name in ipairs(PLAIN) do
    if made[name] == nil then made[name] = out[name] else out.origin[name] = nil end
  end
  made.params = pipeline_params(pipeline, out, options.params)
  if global_options.jobs then made.jobs, out.origin.jobs = options.jobs, nil end      -- -j
  -- false wins wherever it is said
  if out.cache == false then made.cache = false end
  made.origin, made.schedule, made.config = out.origin, out.schedule, nil
  made.adjust = function(g) adjust(g, out) end
  return made
end

return config

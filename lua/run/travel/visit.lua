-- visit: a step of a past run, ready to look at and to run again: its code, its inputs, its parameters.
--
--     place.find -> visit.new -> visit:load_input, visit:load_output          values of the record
--                             -> visit:call (run/travel/call.lua)             the step again

local code = require "rille.run.travel.code"
local facts = require "rille.run.travel.facts"
local fingerprint = require "rille.host.fingerprint"
local graph = require "rille.graph"
local hash = require "rille.host.hash"
local history = require "rille.query.history"
local internal_error = require "rille.base.internal_error"
local json = require "rille.json"
local key = require "rille.cache.key"
local map_items = require "rille.graph.map_items"
local observe = require "rille.host.observe"
local origin = require "rille.host.origin"
local pipeline_graph = require "rille.script.pipeline_graph"
local program = require "rille.project.program"
local project = require "rille.project"
local rerun_inputs = require "rille.run.rerun_inputs"
local steps = require "rille.script.step"
local types = require "rille.script.types"

local visit = {}

local ID <const>, STEP <const>, INPUTS <const>, PARAMS <const> = graph.ID, graph.STEP, graph.INPUTS, graph.PARAMS

---@class rille.travel.input
---@field name string
---@field digests string[]? of its artifacts
---@field is_list boolean the step is given a list of them
---@field value any of the script, where there is no artifact
---@field unknown string? why nobody knows what the step was given

---@class rille.travel.visit
---@field place rille.travel.place
---@field run table the row of the run
---@field row table of the step run
---@field code rille.travel.code
---@field node Node? nil: the step cannot run again; flaw says why
---@field step Step?
---@field spec table? of its key
---@field flaw string?
---@field inputs rille.travel.input[]
---@field params table as they were; secrets are marks
---@field values table<integer, any> inputs that are values of the script, by their numbers
---@field unknown table<integer, string> inputs that nothing tells of: why
---@field graph Graph? that the script defines
local Visit = {}
Visit.__index = Visit

local function unpack(text) return text and json.unpack(text) or {} end

-- The step -----------------------------------------------------------------------------------

-- The node of the step in the graph that the script defines; nil and why there is none.
local function node_in_pipeline(self)
  local pipeline = self.code.pipeline
  if not pipeline then return nil end
  local given = {}
  for _, param in ipairs(pipeline.params) do given[param.name] = unpack(self.run.params)[param.name] end
  local ok, g = internal_error.call(self.code.within, self.code, pipeline_graph.build, pipeline, given)
  if not ok and internal_error.is(g) then error(g, 0) end
  if not ok then return nil, tostring(type(g) == "table" and (g.usage or g.message) or g) end
  local id = self.place.id
  self.graph = g
  return g.by_id[id] or g.by_id[map_items.map_of(id)]
end

-- A node of the step alone, without a pipeline.
local function node_alone(self, step)
  local params = {}
  for _, param in ipairs(step.params) do params[param.name] = param.default end
  return setmetatable({ [ID] = self.place.id, [STEP] = step, [INPUTS] = {}, [PARAMS] = params }, graph.Node)
end

-- Was the step a function of a program in C?  Its code is then that of rille which calls it (lua/capi/registered.lua).
local function is_in_c(row)
  local leaves = row.code and unpack(row.code.leaves).leaves or {}
  return leaves[1] ~= nil and leaves[1].source ~= nil and origin.is_ours(leaves[1].source)
end

local IN_C <const> = "the step is in C, in a program that calls rille: it can run there alone"

local function no_step(self, why)
  local name, loaded = self.row.step or self.place.id, self.code
  if is_in_c(self.row) then return IN_C end
  if loaded.flaw then return loaded.flaw end
  if why then return "its pipeline cannot be built again: " .. why end
  return string.format('%s defines no step "%s"', loaded.path and project.show_path(loaded.path) or "the script", name)
end

local function spec_of(step)
  fingerprint.look()
  return internal_error.call(key.spec_of, step, program.observed)
end

-- Has the step of that name, as it is defined now, the code that is in the record?
---@return boolean
function Visit:is_recorded()
  local step = steps.steps[self.row.step or self.place.id]
  if not step or not self.row.code then return false end
  local ok, spec = spec_of(step)
  return ok and hash.fields("c", spec.prefix) == self.row.code.digest
end

-- Finds the step in the code.
local function find_step(self)
  local node, why = node_in_pipeline(self)
  local step = self.code.steps[self.row.step or self.place.id]
  if not node and step then node = node_alone(self, step) end
  if not node then
    self.flaw = no_step(self, why)
    return
  end
  if not node[STEP].run then
    self.flaw = IN_C
    return
  end
  local ok, spec = spec_of(node[STEP])
  if not ok and internal_error.is(spec) then error(spec, 0) end
  if not ok then
    self.flaw = tostring(type(spec) == "table" and (spec.usage or spec.message) or spec)
    return
  end
  self.node, self.step, self.spec = node, node[STEP], spec
end

-- Inputs -------------------------------------------------------------------------------------

local function port_type(self, name)
  local k = self.step and self.step.index.input[name]
  return k and self.step.inputs[k].type
end

local function is_list(self, name, n)
  if n > 1 then return true end
  local k = self.step and self.step.index.input[name]
  if not k or self.node[INPUTS][k] == nil then return false end
  return rerun_inputs.is_list(self.node, k) or false
end

-- The inputs in the order of the record, then those that are values of the script.
local function list_inputs(self)
  local list, by_name = {}, {}
  for _, edge in ipairs(self.row.inputs or {}) do
    local one = by_name[edge.name]
    if not one then
      one = { name = edge.name, digests = {} }
      by_name[edge.name], list[#list + 1] = one, one
    end
    one.digests[#one.digests + 1] = edge.digest
  end
  for _, one in ipairs(list) do one.is_list = is_list(self, one.name, #one.digests) end
  for k, port in ipairs(self.step and self.step.inputs or {}) do
    local name = port.name
    if self.values[k] ~= nil then list[#list + 1] = { name = name, value = self.values[k], is_list = false }
    elseif self.unknown[k] then list[#list + 1] = { name = name, unknown = self.unknown[k], is_list = false }
    elseif not by_name[name] and rerun_inputs.is_list(self.node, k) then
      list[#list + 1] = { name = name, digests = {}, is_list = true }
    end
  end
  self.inputs = list
end

-- Says what is missing of an input: nil where all of it is there.
---@param input rille.travel.input
---@param most integer? artifacts of a list that are looked at
---@return string?
function visit.missing(input, most)
  if input.unknown then return input.unknown end
  for i, digest in ipairs(input.digests or {}) do
    if most and i > most then break end
    local artifact = project.meta:artifact(digest)
    if not artifact then
      return string.format("artifact %s is no longer in the metadata", hash.hex(digest):sub(1, 12))
    end
    for _, member in ipairs(artifact.members) do
      if not member.bytes and not project.store:has(member.digest, member.size) then
        return string.format("its object %s is no longer in the store", hash.hex(member.digest):sub(1, 12))
      end
    end
  end
end

-- The value of an input, as the step was given it.
---@param input rille.travel.input
---@return any
function Visit:load_input(input)
  local missing = visit.missing(input)
  if missing then error(string.format("input %s: %s; give another to step { %s = VALUE }", input.name, missing,
    input.name), 0) end
  if not input.digests then return input.value end
  local takes_artifact = port_type(self, input.name)
  takes_artifact = takes_artifact and types.takes_artifact(takes_artifact)
  local list = {}
  for i, digest in ipairs(input.digests) do
    local artifact = history.artifact_of { digest = digest }
    list[i] = takes_artifact and artifact or artifact:load()
  end
  if input.is_list then return list end
  return list[1]
end

-- Surroundings -------------------------------------------------------------------------------

-- The stack of the run, where it is there still.
local function stack_of(self)
  if not self.run.stack or not project.is_configured() then return nil end
  local ok, found = internal_error.call(require("rille.stack").of, self.run.stack)
  return ok and found or nil
end

-- Runs f as within the run: its relative paths, its stack.
---@param f function
---@return any ...
function Visit:within(f, ...)
  local found = stack_of(self)
  local module = found and require "rille.stack"
  local before = module and module.enter(found)
  local back <close> = setmetatable({}, { __close = function() if module then module.enter(before) end end })
  assert(back)
  return self.code:within(f, ...)
end

-- The state of the world ---------------------------------------------------------------------

-- How the code that was loaded differs from that of the record; nil where it does not.
---@return string?
function Visit:other_code()
  local spec, recorded = self.spec, self.row.code
  if not spec or not recorded or recorded.digest == hash.fields("c", spec.prefix) then return nil end
  local text = rerun_inputs.changed_code(self.row, spec.info)
  if not self.code.is_then then return text end
  -- of a script of a commit the commit is in the key too
  if not text:find ":" and unpack(self.run.git).past then return nil end
  return (text:gsub("^the code changed since", "the code of that day cannot be rebuilt exactly"))
end

-- What is not as it was that day: code that differs, things outside that the step read.
---@return string[]
function Visit:changes()
  local list = {}
  list[1] = self:other_code()
  local reads = self.node and self.row.reads
  local changed = reads and self:within(facts.changed, reads, self.node, 5) or {}
  return table.move(changed, 1, #changed, #list + 1, list)
end

-- The files that the step wrote, which it writes again.
---@return string[] names
function Visit:writes()
  local list = {}
  for _, one in ipairs(self.row.reads and observe.describe(self.row.reads) or {}) do
    if one.kind == "write" then list[#list + 1] = one.name end
  end
  return list
end

-- Parameters that are secrets, which no record has; by name whether this process knows the secret.
---@return string[] names
function Visit:secrets()
  local names, secret = {}, package.loaded["rille.script.secret"]
  for _, param in ipairs(self.step and self.step.params or {}) do
    if param.type.name == "secret" then
      names[#names + 1] = param.name
      names[param.name] = not (secret and secret.open({ param }, { [param.name] = self.params[param.name] }))
    end
  end
  return names
end

-- Loads the code, or loads it again.
---@param patch boolean today's
---@param replay fun(past: rille.travel.past_session)? does again what was entered at a prompt
function Visit:load_code(patch, replay)
  if self.code then self.code:leave() end
  self.node, self.step, self.spec, self.flaw, self.graph, self.values, self.unknown = nil, nil, nil, nil, nil, {}, {}
  self.code = patch and code.of_today(self.run) or code.of_run(self.run, replay)
  find_step(self)
  if self.node and not self.place.is_recorded then
    local found = require("rille.run.travel.unrecorded_inputs").fill(self.place, self.node, self.graph)
    self.values, self.unknown = found.values, found.unknown
  end
  self.params = self.node and rerun_inputs.params(self.node, self.row) or unpack(self.row.params)
  for name in next, self.step and unpack(self.row.params) or {} do
    -- today's step may have no such parameter
    if not self.step.index.param[name] then self.params[name] = nil end
  end
  list_inputs(self)
end

function Visit:leave() self.code:leave() end

---@param found rille.travel.place
---@return rille.travel.visit
function visit.new(found)
  -- the row of a run that was found by its number in the pipeline has no sources
  local run = project.answer(project.meta:run(rawget(found.run, "row").id))
  return setmetatable({ place = found, run = run, row = found.row, inputs = {}, params = {},
    values = {}, unknown = {} }, Visit)
end

return visit

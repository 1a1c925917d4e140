-- rerun_step: runs one step of a recorded run again in this process, for `rille verify`: the script as it is today,
-- inputs from the store, the seed of the recorded key.  Its outputs go to another store.

---@class rille.rerun.report plain data
---@field state "same"|"differs"|"failed"|"skipped"
---@field seconds number? same, differs
---@field outputs rille.rerun.difference[]? differs
---@field causes string[]? differs, failed: what may explain it
---@field error string? failed
---@field why string? skipped

---@class rille.rerun.difference of an output
---@field name string
---@field member string? the first member that differs
---@field offset integer? its first byte that differs, from 1
---@field difference table? of query/compare_value.lua

local c_modules = require "rille.cache.c_modules"
local compare_value = require "rille.query.compare_value"
local context = require "rille.execute.context"
local map_items = require "rille.graph.map_items"
local internal_error = require "rille.base.internal_error"
local graph = require "rille.graph"
local hash = require "rille.host.hash"
local json = require "rille.json"
local key = require "rille.cache.key"
local observe = require "rille.host.observe"
local packed_params = require "rille.execute.packed_params"
local pipeline_graph = require "rille.script.pipeline_graph"
local project = require "rille.project"
local program = require "rille.project.program"
local store = require "rille.host.store"
local types = require "rille.script.types"
local value = require "rille.host.value"
local task = require "rille.execute.task"

local rerun_step = {}

local STEP <const>, INPUTS <const>, PARAMS <const> = graph.STEP, graph.INPUTS, graph.PARAMS

-- Reads fall back on the run's store, writes go to the scratch one.
local function split_store(real, scratch)
  local both = {}
  local function own(name) both[name] = function(_, ...) return scratch[name](scratch, ...) end end
  local function either(name)
    both[name] = function(_, digest, ...)
      return (scratch:path(digest) and scratch or real)[name](scratch:path(digest) and scratch or real, digest, ...)
    end
  end
  for _, name in ipairs { "put", "put_file", "begin", "note", "sync" } do own(name) end
  for _, name in ipairs { "map_path", "path", "verify", "sig", "trust" } do either(name) end
  for _, name in ipairs { "get", "copy_out", "has" } do
    both[name] = function(_, ...)
      local found = table.pack(scratch[name](scratch, ...))
      if found[1] then return table.unpack(found, 1, found.n) end
      return real[name](real, ...)
    end
  end
  return both
end

-- The step as it is today -------------------------------------------------------------

local function unpack(text) return text and json.unpack(text) or {} end

-- The recorded parameters; of those that the record cannot hold, today's.
local function params_of(node, row)
  local params, recorded = {}, unpack(row.params)
  for name, v in next, node[PARAMS] do params[name] = v end
  for name, v in next, recorded do
    local ok, text = pcall(json.pack, params[name])
    if ok and text ~= json.pack(v) then params[name] = v end
  end
  return params
end

-- Does input k of the node take a list?  nil: it takes the output of a `when`, which depends on the branch.
local function is_list(node, k)
  local input, map = node[INPUTS][k], graph.dynamic_of(node, "map")
  if map and map.mapped[k] then return false end
  if not graph.is_wire(input) then return getmetatable(input) == graph.FanIn end
  local source = graph.source(input)
  if graph.dynamic_of(source, "when") then return nil end
  return graph.dynamic_of(source, "map") ~= nil
end

-- The artifacts of each input as the step took them, their digests in the key, and what their steps said of artifacts
-- that are taken as such.  lists: outputs of a `when` are lists.
local function inputs_of(node, row, lists)
  local by_port, inputs, digests, artifact_notes = {}, {}, {}, {}
  for _, edge in ipairs(row.inputs or {}) do
    by_port[edge.name] = by_port[edge.name] or {}
    table.insert(by_port[edge.name], edge.digest)
  end
  for k, port in ipairs(node[STEP].inputs) do
    local list = by_port[port.name] or {}
    local artifacts = {}
    for i, digest in ipairs(list) do
      artifacts[i] = project.meta:artifact(digest)
      if not artifacts[i] then return nil, string.format('input "%s" is no longer in the metadata', port.name) end
    end
    local fan_in = is_list(node, k)
    if fan_in == nil then fan_in = lists end
    inputs[k] = fan_in and { list = artifacts } or artifacts[1] or false
    if types.takes_artifact(port.type) then
      local texts = (unpack(row.notes).inputs or {})[port.name]
      if not texts or #texts ~= #list then
        return nil, string.format('input "%s" takes artifacts, about which the record has too little information',
          port.name)
      end
      for i, digest in ipairs(list) do list[i] = value.key("artifact", texts[i], digest) end
      artifact_notes[k] = texts
    end
    digests[k] = fan_in and value.key("list", "", list) or list[1]
    if not digests[k] then return nil, string.format('input "%s" is not in the record', port.name) end
  end
  return inputs, digests, artifact_notes
end

-- Says which parts of the code changed.
local function changed_code(row, info)
  local before, names = {}, {}
  for _, leaf in ipairs(unpack(row.code and row.code.leaves).leaves or {}) do before[leaf.path] = leaf.digest end
  for _, leaf in ipairs(info.leaves) do
    if before[leaf.path] ~= hash.hex(leaf.digest):sub(1, 32) and #names < 3 then names[#names + 1] = leaf.path end
  end
  return #names > 0 and "the code changed since: " .. table.concat(names, ", ") or "the code changed since"
end

local function node_of(run, id, pipeline)
  local ok, g = internal_error.call(pipeline_graph.build, pipeline, unpack(run.params))
  if not ok and internal_error.is(g) then error(g, 0) end
  if not ok then return nil, "cannot rebuild the pipeline: " .. tostring(g) end
  -- an item of a map is a call of the map's step
  local node = g.by_id[id] or g.by_id[map_items.map_of(id)]
  if not node then return nil, "the pipeline no longer has a step with that id" end
  return node
end

-- The request as the run made it, or nil and why it cannot be made again.
local function request_of(run, row, node, spec, lists)
  local digest = hash.fields("c", spec.prefix)
  if row.code and row.code.digest ~= digest then return nil, changed_code(row, spec.info) end
  local params = params_of(node, row)
  local secret = package.loaded["rille.script.secret"]
  local missing = secret and secret.open(node[STEP].params, packed_params.unpack(packed_params.pack(params)))
  if missing then return nil, missing end
  local inputs, digests, artifact_notes = inputs_of(node, row, lists)
  if not inputs then return nil, digests end
  local now = value.key(spec.prefix, value.encode(params), #digests == 1 and digests[1] or digests)
  if row.key and row.key ~= now and not lists then return request_of(run, row, node, spec, true) end
  if row.key and row.key ~= now then
    return nil, "cannot recompute its key: the record does not have every parameter"
  end
  node[PARAMS] = params
  local bytes, objects = packed_params.pack(params)
  return { position = 1, id = row.node, seed = key.seed(row.key or now), params = bytes, objects = objects,
    inputs = inputs, artifact_notes = artifact_notes,
    run = { id = run.id, name = run.name } }
end

-- What differs ---------------------------------------------------------------------

local function bytes_of(member)
  return member.bytes or project.store:get(member.digest, member.size) or ""
end

-- The first byte that differs, from 1.
local function first_difference(a, b)
  if a == b then return nil end
  local low, high = 0, math.min(#a, #b)         -- the first `low` bytes are equal
  while low < high do
    local middle = (low + high + 1) // 2
    if a:sub(low + 1, middle) == b:sub(low + 1, middle) then low = middle else high = middle - 1 end
  end
  return low + 1
end

local function compare_output(name, was, is)
  local found = { name = name, difference = compare_value.artifacts(was, is) }
  local old = {}
  for _, one in ipairs(was.members) do old[one.name] = one end
  for _, one in ipairs(is.members) do
    local before = old[one.name]
    if not before or before.digest ~= one.digest then
      found.member, found.offset = one.name, before and first_difference(bytes_of(before), bytes_of(one)) or nil
      break
    end
  end
  return found
end

local function differences(step, row, answer)
  local list = {}
  for k, port in ipairs(step.outputs) do
    local edge, is = row.outputs[k], answer.outputs[k]
    if edge.digest ~= is.digest then
      local was = project.meta:artifact(edge.digest)
      list[#list + 1] = was and compare_output(port.name, was, is) or { name = port.name }
    end
  end
  return list
end

-- Why ------------------------------------------------------------------------------

local function facts_of(reads)
  local map = {}
  for _, one in ipairs(reads and observe.describe(reads) or {}) do map[one.kind .. " " .. one.name] = one end
  return map
end

local FORMS = { env = "the environment variable %s", file = "the file %s", absent = "the file %s",
  folder = "the folder %s", module = "the module %s",
  search = "%s", write = "what it writes to %s", value = "%s" }

-- What was read and is another, or is read by one of both alone.
local function changed_reads(out, row, answer)
  local before, now = facts_of(row.reads), facts_of(answer.reads)
  local names = {}
  for name, one in next, now do
    local was = before[name]
    if not was or was.digest ~= one.digest then
      names[#names + 1] = string.format(FORMS[one.kind], one.name) .. (was and " changed" or " was not read then")
    end
  end
  for name, one in next, before do
    if not now[name] then names[#names + 1] = string.format(FORMS[one.kind], one.name) .. " was read then" end
  end
  table.sort(names)
  for i = 1, math.min(#names, 5) do out[#out + 1] = names[i] end
end

-- Texts that show where a value comes from.
local PATTERNS = {
  { "0x%x%x%x%x%x%x", "the value contains an address" },
  { "%d%d:%d%d:%d%d", "the value contains a time of day" },
}

local function texts_of(d, out)
  if type(d) == "string" then out[#out + 1] = d
  elseif type(d) == "table" then
    for k, v in next, d do if k ~= "a" or type(v) ~= "table" then texts_of(v, out) end end
  end
  return out
end

local TINY <const> = 1e-6

-- Adds what the differing values look like.
local function add_patterns(out, outputs)
  for _, one in ipairs(outputs) do
    local d = one.difference or {}
    for _, text in ipairs(texts_of(d, {})) do
      for _, pattern in ipairs(PATTERNS) do
        if text:find(pattern[1]) then out[#out + 1] = pattern[2] end
      end
    end
    local size = math.max(math.abs(tonumber(d.a) or 0), math.abs(tonumber(d.b) or 0))
    local delta = d.kind == "array" and d.max or d.kind == "value" and d.delta
    if delta and delta ~= 0 and math.abs(delta) <= TINY * size then
      out[#out + 1] = "only the last digits differ: summed in a different order (threads, BLAS)"
    end
  end
end

local function unique(list)
  local seen, out = {}, {}
  for _, text in ipairs(list) do
    if not seen[text] then out[#out + 1], seen[text] = text, true end
  end
  return out
end

local function causes_of(step, spec, row, answer, outputs)
  local list = {}
  for _, one in ipairs(answer.impure or {}) do
    list[#list + 1] = "it uses " .. one.what .. ((one.where or "") ~= "" and " at " .. one.where or "")
  end
  for _, one in ipairs(spec.info.escapes) do
    list[#list + 1] = string.format("it uses %s%s, which can read anything", one.what,
      one.where and " at " .. one.where or "")
  end
  for _, name in ipairs(spec.info.reaches) do
    if name:find "^foreign C: " then list[#list + 1] = c_modules.why_not(name):match "^[^,;]*" end
  end
  if answer.altered then list[#list + 1] = "it changed " .. answer.altered .. ", which it captures" end
  changed_reads(list, row, answer)
  add_patterns(list, outputs or {})
  if step.command then list[#list + 1] = "rille does not observe what its program reads beyond its arguments" end
  if #list == 0 then list[1] = "nothing that rille observes explains it" end
  return unique(list)
end

-- The step -------------------------------------------------------------------------

-- What the record says of an artifact from outside: its name, number and the step run that made it; nil where it says
-- nothing, or not which of several it was.
local function from_outside(run, edge, label)
  local found
  for _, one in ipairs(project.answer(project.meta:origins(run.row)) or {}) do
    if one.digest == edge.digest and (not label or one.label == label) then
      if found then return nil end
      found = one
    end
  end
  local version = found and found.version and project.answer(project.meta:version(found.version)) or {}
  local step = found and found.source and project.answer(project.meta:step(found.source, found.position))
  return { name = version.name, number = version.number, step_run = step and step.row or version.step_run }
end

-- What an artifact that an input takes as such is called, as the record has it.
local function input_of(run, row, node, k, place)
  local port, at = node[STEP].inputs[k].name, 0
  for _, edge in ipairs(row.inputs) do
    at = edge.name == port and at + 1 or at
    if edge.name == port and at == place then
      if not edge.artifact and not edge.source then
        local input = node[INPUTS][k]
        return from_outside(run, edge, type(input) == "table" and rawget(input, "label"))
      end
      return { name = edge.artifact, number = edge.version, step_run = edge.source }
    end
  end
end

local function environment(run, row, node, spec, scratch)
  local function within(method, _, _, k, place)
    if method == "input" then return input_of(run, row, node, k, place) end
  end
  return { store = project.store, within = within,
    hand = function(...) return require("rille.query.history").handed(...) end, root = scratch .. "/tmp",
    model_field = function(...) return require("rille.query.past_model").of_context(...) end,
    node = function() return node end, spec = function() return spec end, epoch = 0, echo = false,
    history = function()
      context.check_history()
      return require("rille.query.history").pipeline(run.pipeline)
    end }
end

-- Runs the step again and compares its outputs.
---@param run table the row of a run
---@param id string of the node
---@param pipeline table as the script defines it today
---@param scratch string a folder
---@return rille.rerun.report
function rerun_step.step(run, id, pipeline, scratch)
  local row = project.meta:step_row(project.meta:step(run.row, id).row)
  row.node = id
  local node, why = node_of(run, id, pipeline)
  if not node then return { state = "skipped", why = why } end
  local step = node[STEP]
  local spec = key.spec_of(step, program.observed)
  local request, reason = request_of(run, row, node, spec)
  if not request then return { state = "skipped", why = reason } end
  local decl = step.options.model or pipeline.model
  request.model = decl and require("rille.record.model_links").of_past_run(run.row, decl)
  project.use_store(split_store(project.store, assert(store.open(scratch))))
  local answer = task.run(request, environment(run, row, node, spec, scratch))
  local secrets = package.loaded["rille.project.secrets"]
  if secrets then answer.error = secrets.masked(answer.error) end
  if not answer.ok then
    return { state = "failed", error = answer.error, causes = causes_of(step, spec, row, answer) }
  end
  local outputs = differences(step, row, answer)
  if #outputs == 0 then return { state = "same", seconds = answer.seconds } end
  return { state = "differs", seconds = answer.seconds, outputs = outputs,
    causes = causes_of(step, spec, row, answer, outputs) }
end

return rerun_step

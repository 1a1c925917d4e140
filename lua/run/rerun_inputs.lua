-- rerun_inputs: what a recorded step was given, for running it again.

local graph = require "rille.graph"
local hash = require "rille.host.hash"
local json = require "rille.json"
local project = require "rille.project"
local types = require "rille.script.types"
local value = require "rille.host.value"

local rerun_inputs = {}

local STEP <const>, INPUTS <const>, PARAMS <const> = graph.STEP, graph.INPUTS, graph.PARAMS

local function unpack(text) return text and json.unpack(text) or {} end

-- The recorded parameters; of those that the record cannot hold, today's.
---@param node Node
---@param row table of the step run
---@return table
function rerun_inputs.params(node, row)
  local params, recorded = {}, unpack(row.params)
  for name, v in next, node[PARAMS] do params[name] = v end
  for name, v in next, recorded do
    local ok, text = pcall(json.pack, params[name])
    if ok and text ~= json.pack(v) then params[name] = v end
  end
  return params
end

-- Does input k of the node take a list?  nil: it takes the output of a `when`, which depends on the branch; or nobody
-- knows the wiring.
---@param node Node
---@param k integer
---@return boolean?
function rerun_inputs.is_list(node, k)
  local input, map = node[INPUTS][k], graph.dynamic_of(node, "map")
  if input == nil then return nil end
  if map and map.mapped[k] then return false end
  if not graph.is_wire(input) then return getmetatable(input) == graph.FanIn end
  local source = graph.source(input)
  if graph.dynamic_of(source, "when") then return nil end
  return graph.dynamic_of(source, "map") ~= nil
end

-- The digests of the artifacts of each input, by port.
local function digests_by_port(row)
  local by_port = {}
  for _, edge in ipairs(row.inputs or {}) do
    by_port[edge.name] = by_port[edge.name] or {}
    table.insert(by_port[edge.name], edge.digest)
  end
  return by_port
end

-- What the steps said of artifacts that are taken as such, which their digests in the key have too.
local function notes_of(row, port, list)
  local texts = (unpack(row.notes).inputs or {})[port.name]
  if not texts or #texts ~= #list then
    return nil, string.format('input "%s" takes artifacts, about which the record has too little information',
      port.name)
  end
  for i, digest in ipairs(list) do list[i] = value.key("artifact", texts[i], digest) end
  return texts
end

-- One input: what the step took, its digest in the key, notes; or nil and why not.
local function input_of(row, port, list, fan_in)
  local artifacts, notes = {}, nil
  for i, digest in ipairs(list) do
    artifacts[i] = project.meta:artifact(digest)
    if not artifacts[i] then return nil, string.format('input "%s" is no longer in the metadata', port.name) end
  end
  if types.takes_artifact(port.type) then
    local texts, message = notes_of(row, port, list)
    if not texts then return nil, message end
    notes = texts
  end
  local digest = fan_in and value.key("list", "", list) or list[1]
  if not digest then return nil, string.format('input "%s" is not in the record', port.name) end
  return fan_in and { list = artifacts } or artifacts[1] or false, digest, notes
end

-- The artifacts of each input as the step took them, their digests in the key, and what their steps said of artifacts
-- that are taken as such.  lists: outputs of a `when` are lists.
---@param node Node
---@param row table of the step run
---@param lists boolean?
---@param given table<integer, any>? inputs that something else is given to: they are left out
---@return table[]? inputs, string[]|string digests, table[]? artifact_notes
function rerun_inputs.of(node, row, lists, given)
  local by_port, inputs, digests, artifact_notes = digests_by_port(row), {}, {}, {}
  for k, port in ipairs(node[STEP].inputs) do
    if not (given and given[k]) then
      local list = by_port[port.name] or {}
      local fan_in = rerun_inputs.is_list(node, k)
      if fan_in == nil then fan_in = lists or #list > 1 end
      local digest
      inputs[k], digest, artifact_notes[k] = input_of(row, port, list, fan_in)
      if inputs[k] == nil then return nil, digest end
      digests[k] = digest
    end
  end
  return inputs, digests, artifact_notes
end

-- Says which parts of the code changed.
---@param row table of the step run
---@param info table of the fingerprint
---@return string
function rerun_inputs.changed_code(row, info)
  local before, names = {}, {}
  for _, leaf in ipairs(unpack(row.code and row.code.leaves).leaves or {}) do before[leaf.path] = leaf.digest end
  for _, leaf in ipairs(info.leaves) do
    if before[leaf.path] ~= hash.hex(leaf.digest):sub(1, 32) and #names < 3 then names[#names + 1] = leaf.path end
  end
  return #names > 0 and "the code changed since: " .. table.concat(names, ", ") or "the code changed since"
end

return rerun_inputs

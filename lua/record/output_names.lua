-- output_names: under which names and with which tags outputs are kept.
--
-- A name is PIPELINE::STEP::OUTPUT, or the one that the port says.  Neither names
-- nor tags are in the key: a result that is taken from the cache may be wanted
-- under another name than it was made.  What a step computed is named when its row
-- is written, what was taken from the cache when the run ends (meta_name.c); a name
-- that several nodes give waits for the end too, so that the last of them in the
-- wiring has it.  Runs that are unlisted name nothing, and neither does a step that
-- --only did not ask for.
--
-- What the ports of a graph say is { of = { [node] = true }, shared = { [name] = true },
-- text = JSON for the run, or nil }.

local graph = require "rille.graph"
local json = require "rille.json"

local output_names = {}

local ID <const>, STEP <const> = graph.ID, graph.STEP

local function tags_text(port)
  local tags = port.options.tags
  return tags and tags[1] and json.pack(tags) or nil
end

-- Does a port say more than its own name?
local function is_special(port) return port.options.name ~= nil or port.options.tags ~= nil end

local function has_special(step)
  for _, port in ipairs(step.outputs) do if is_special(port) then return true end end
  return false
end

local function name_of(prefix, node, port) return port.options.name or prefix .. node[ID] .. "::" .. port.name end

-- The name of an output, its tags as JSON, and whether its port gives the name.
---@param prefix string "PIPELINE::"
---@param node table
---@param port table
---@return string name, string? tags, boolean own
function output_names.of(prefix, node, port)
  return name_of(prefix, node, port), tags_text(port), port.options.name ~= nil
end

-- What the ports of a graph say of names.
---@param g table
---@return table
function output_names.declared(g)
  local special, told = {}, { of = {}, shared = {} }
  local texts, holders = nil, {}
  for _, node in ipairs(g.nodes) do
    local step = node[STEP]
    if special[step] == nil then special[step] = has_special(step) end
    if special[step] then
      told.of[node], texts = true, texts or {}
      for _, port in ipairs(step.outputs) do
        local name = port.options.name
        if is_special(port) then texts[node[ID] .. "::" .. port.name] = { name = name, tags = port.options.tags } end
        if name and (holders[name] or graph.dynamic_of(node, "map")) then told.shared[name] = true end
        if name then holders[name] = true end
      end
    end
  end
  told.text = texts and json.pack(texts) or nil
  return told
end

-- Was the run asked for the step?  only: the steps that it was asked for, or nil.
local function is_asked(only, step)
  if type(only) ~= "table" then return true end
  local map = step.of or step.node
  for _, name in ipairs(only) do if name == step.node or name == map or name == step.step then return true end end
  return false
end

-- What the ports of a run say of names, and what it was asked for; read once for a row.
local said_of = setmetatable({}, { __mode = "k" })

local function read_said(run)
  local said = said_of[run]
  if not said then
    local only = run.extra and json.unpack(run.extra).only
    said = { names = run.naming and json.unpack(run.naming) or {}, only = only }
    said_of[run] = said
  end
  return said.names, said.only
end

-- Sets the names and versions that the outputs of a run's steps have there.  In a run
-- of an older program only those that begin with the pipeline's name are known.
---@param meta table
---@param run table a row of a run
---@param steps table[] of the metadata, as expansion.dress gives them
function output_names.dress(meta, run, steps)
  if run.status == "running" then return end
  local prefix, said, only = run.pipeline .. "::", read_said(run)
  for _, step in ipairs(steps) do
    local asked = not run.unlisted and is_asked(only, step)
    local id = step.stands_for or step.node
    for _, out in ipairs(step.outputs or {}) do
      if run.named then
        local own = said[id .. "::" .. out.name] or step.of and said[step.of .. "::" .. out.name]
        local name = own and own.name or prefix .. id .. "::" .. out.name
        out.version, out.version_row = nil, nil
        if asked then out.version, out.version_row = meta:version_at(name, out.digest, run.named) end
        out.artifact = out.version and name or nil
      elseif out.artifact and step.run and step.run.row ~= run.row and out.artifact:sub(1, #prefix) ~= prefix then
        out.artifact, out.version = nil, nil
      end
    end
  end
end

-- The names that ports give, as m:commit takes them when the run ends: of what was
-- computed, too, since another run may have given them since its row was written.
local function given_of(p, prefix, told, place)
  local list = {}
  for i, node in ipairs(p.graph.nodes) do
    local map = graph.dynamic_of(node, "item") and graph.dynamic_of(node).of
    if told.of[map or node] then
      local at = place and place[i] or i
      for k, port in ipairs(node[STEP].outputs) do
        if is_special(port) then
          local name, tags = output_names.of(prefix, node, port)
          list[#list + 1] = { at, k, name, tags }
        end
      end
    end
  end
  if place then table.sort(list, function(a, b) return a[1] < b[1] or (a[1] == b[1] and a[2] < b[2]) end) end
  return list
end

-- A byte a position: whether the node there names nothing.
local function mute_of(p, place)
  if not p:is_partial() and not p.graph.dynamic then return nil end
  local bytes = {}
  for i = 1, #p.graph.nodes do
    -- a `when` has the row of what it stands for, under that one's name
    local mute = not p:is_selected(i) or p.graph.dynamic and p:is_virtual(i)
    bytes[place and place[i] or i] = mute and "\1" or "\0"
  end
  return table.concat(bytes)
end

-- How the outputs of a run are named at its end, as m:commit takes it.
---@param p table a plan that is done
---@param prefix string
---@param told table of output_names.declared
---@param place integer[]? where the trace has the nodes, when not in their order
---@return table
function output_names.at_end(p, prefix, told, place)
  local items
  for i = (p.graph.wired or #p.graph.nodes) + 1, #p.graph.nodes do
    items = items or {}
    items[#items + 1] = p.graph.nodes[i][ID]
  end
  return { prefix = prefix, given = told.text and given_of(p, prefix, told, place) or nil, items = items, mute = mute_of(p, place) }
end

return output_names

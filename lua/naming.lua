-- naming: under which names and with which tags outputs are kept.
--
-- A name is PIPELINE::STEP::OUTPUT, or the one that the port says.  Neither names
-- nor tags are in the key: a result that is taken from the cache may be wanted
-- under another name than it was made.

local graph = require "rille.graph"
local json = require "rille.json"
local plan = require "rille.plan"

local naming = {}

local ID <const>, STEP <const> = graph.ID, graph.STEP

-- The name of an output, and its tags as JSON.
---@param prefix string "PIPELINE::"
---@param node table
---@param port table
---@return string name, string? tags
function naming.of(prefix, node, port)
  local options = port.options
  local tags = options.tags
  return options.name or prefix .. node[ID] .. "::" .. port.name, tags and tags[1] and json.pack(tags) or nil
end

-- Does a port of the step say more than its own name?
local function is_special(step)
  for _, port in ipairs(step.outputs) do
    if port.options.name or port.options.tags then return true end
  end
  return false
end

-- The step run whose result node i has though it did not run.
local function row_of(p, i, rows)
  if p.state[i] ~= plan.HIT then return nil end
  local twin = p.twin[i]
  local row = p.row[i] or twin and (p.row[twin] or rows[twin])
  return math.type(row) and row or nil
end

-- What m:name_outputs takes, or nil: the outputs of hits, of all in a wiring that
-- is new, else of those whose ports say a name or tags.
---@param p table a plan that is done
---@param rows table rows of this run's step runs by position
---@param all boolean
function naming.of_hits(p, prefix, rows, all)
  local list, special = {}, {}
  for i, node in ipairs(p.graph.nodes) do
    local step = node[STEP]
    if special[step] == nil then special[step] = all or is_special(step) end
    -- a `when` has the row of what it stands for, under that one's name
    local row = special[step] and not (p.graph.dynamic and p:is_virtual(i)) and row_of(p, i, rows)
    for k, port in ipairs(row and step.outputs or {}) do
      if all or port.options.name or port.options.tags then list[#list + 1] = { row, k, naming.of(prefix, node, port) } end
    end
  end
  return list[1] and list
end

return naming

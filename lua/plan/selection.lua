-- selection: rille run --only STEP,... and --from STEP,...
--
--   selection.of(graph, only, from) -> { selected, forced }, sets of positions, or nil
--     selected   these run or are hits; the others are hits or are skipped
--     forced     these and what is downstream of them are not looked up
--   selection.check(plan)     that what the named steps need is there, before any runs
--
-- A step is named by its id, or by its name for all nodes of it.

local graph = require "rille.graph"
local errors = require "rille.base.errors"
local suggest = require "rille.base.suggest"

local selection = {}

-- "a,b" -> { "a", "b" }
---@param flag string
---@param text string
---@return string[]
function selection.split(flag, text)
  local list = {}
  for name in (text .. ","):gmatch "([^,]*)," do
    name = name:match "^%s*(.-)%s*$"
    if name == "" then
      error({ usage = string.format('%s %s: expected names of steps, separated by commas', flag, text) }, 0)
    end
    list[#list + 1] = name
  end
  return list
end

local function names_of(g)
  local names, seen = {}, {}
  local function add(name)
    if not seen[name] then names[#names + 1] = name end
    seen[name] = true
  end
  for _, node in ipairs(g.nodes) do
    add(node[graph.ID])
    add(node[graph.STEP].name)
  end
  return names
end

local function positions(g, flag, list)
  local set = {}
  for _, name in ipairs(list) do
    local node, found = g.by_id[name], false
    if node then set[node[graph.POSITION]] = true
    else
      for i, other in ipairs(g.nodes) do
        if other[graph.STEP].name == name then set[i], found = true, true end
      end
      if not found then errors.at(nil, '%s: there is no step "%s"%s', flag, name, suggest.hint(name, names_of(g))) end
    end
  end
  return set
end

-- Adds to the set all nodes that are downstream of it.
local function with_downstream(g, set)
  local grown = true
  while grown do              -- one pass, as sources come first; `after` may need more
    grown = false
    for i, node in ipairs(g.nodes) do
      if not set[i] then
        graph.each_source(g, node, function(source) if set[source[graph.POSITION]] then set[i] = true end end)
        grown = grown or set[i] ~= nil
      end
    end
  end
  return set
end

---@param g Graph
---@param only string[]?
---@param from string[]?
---@return { selected: table<integer, true>?, forced: table<integer, true>? }?
function selection.of(g, only, from)
  if not only and not from then return nil end
  return {
    selected = only and positions(g, "--only", only) or nil,
    forced = from and with_downstream(g, positions(g, "--from", from)) or nil,
  }
end

-- The first node that the node waits for and that will never run: it is not selected and not
-- cached.  A map whose items are known, and a `when`, are looked through.
local function missing(plan, node, seen)
  local found
  local function look(source)
    local j = source[graph.POSITION]
    if found or seen[j] or plan:is_cached(j) or plan:skip_reason(j) then return end
    seen[j] = true
    local items = plan:items_of(j)
    for _, item in ipairs(items or {}) do look(item) end
    if items then return end
    local never_runs = not plan:is_selected(j) and not graph.dynamic_of(source, "when")
    found = never_runs and source or missing(plan, source, seen)
  end
  graph.each_source(plan.graph, node, look)
  return found
end

---@param plan Plan
function selection.check(plan)
  if not plan:is_partial() then return end
  local seen = {}
  for i, node in ipairs(plan.graph.nodes) do
    local source = plan:is_selected(i) and not plan:is_cached(i) and missing(plan, node, seen)
    if source then
      local why = plan:reason(source[graph.POSITION])
      errors.at(nil, '--only: step "%s" needs "%s", which is not in the cache%s; name it too, or run without --only',
        node[graph.ID], source[graph.ID], why and why ~= "" and " (" .. why .. ")" or "")
    end
  end
end

return selection

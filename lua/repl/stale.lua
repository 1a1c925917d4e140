-- stale: tells which results an entry made stale: those of the steps that it changed, and of all that follow them in
-- pipelines that have run before.  What is stale is asked of a plan, which knows what is cached.

local changes = require "rille.repl.changes"
local graph = require "rille.graph"
local internal_error = require "rille.base.internal_error"
local json = require "rille.json"
local pipeline_graph = require "rille.script.pipeline_graph"
local pipelines = require "rille.script.pipeline"
local project = require "rille.project"
local text_width = require "rille.base.text_width"
local why = require "rille.query.why"

local stale = {}

local NAMED <const> = 6                 -- steps that a line names
local ASKED <const> = 200               -- nodes whose history is looked at

-- Plans --------------------------------------------------------------------------------------

-- The parameters of the pipeline's newest run, those that it still has.
local function newest_params(pipeline)
  local run = project.meta:runs({ pipeline = pipeline.name, limit = 1, unlisted = true })[1]
  local given, params = run and run.params and json.unpack(run.params) or {}, {}
  for _, param in ipairs(pipeline.params) do
    if param.type.name ~= "secret" then params[param.name] = given[param.name] end
  end
  return params
end

-- The graph, and the plan where one can be made: the inputs of an earlier run are not known.
local function planned(pipeline)
  local params = newest_params(pipeline)
  local ok, plan = internal_error.call(require("rille.run").plan, pipeline, { params = params })
  if ok then return plan.graph, plan end
  local built, g = internal_error.call(pipeline_graph.build, pipeline, params)
  return built and g or nil
end

-- Is it the node of a changed step, or does it follow one?
local function affected_by(g, is_changed)
  local affected, grown = {}, true
  while grown do
    grown = false
    for i, node in ipairs(g.nodes) do
      if not affected[i] then
        local hit = is_changed[node[graph.STEP].name] or false
        graph.each_source(g, node, function(source) hit = hit or affected[source[graph.POSITION]] end)
        affected[i], grown = hit or nil, grown or hit
      end
    end
  end
  return affected
end

local function is_stale(pipeline, g, plan, i)
  local status = plan and plan:status(i)
  if status == "cached" or status == "skipped" then return false end
  return why.previous_row(pipeline.name, g.nodes[i][graph.ID]) ~= nil
end

local function all_positions(g)
  local list = {}
  for i = 1, #g.nodes do list[i] = i end
  return list
end

-- The ids of the stale nodes, the items of a map as one; whether the pipeline ran before.
local function stale_nodes(pipeline, is_changed)
  local g, plan = planned(pipeline)
  if not g then return {}, false end
  local list, seen, asked, ran = {}, {}, 0, false
  local affected = affected_by(g, is_changed)
  for _, i in ipairs(plan and plan:order() or all_positions(g)) do
    local node = g.nodes[i]
    local id = node[graph.ID]:gsub("%[%d+%]$", "")
    if affected[i] and not seen[id] and asked < ASKED then
      asked = asked + 1
      ran = ran or why.previous_row(pipeline.name, node[graph.ID]) ~= nil
      if is_stale(pipeline, g, plan, i) then seen[id], list[#list + 1] = true, id end
    end
  end
  return list, ran
end

-- Texts --------------------------------------------------------------------------------------

local function listed(names)
  if #names <= NAMED then return table.concat(names, ", ") end
  return string.format("%s and %d more", table.concat(names, ", ", 1, NAMED - 1), #names - NAMED + 1)
end

-- "trainer changed (run)", one for all steps that changed alike.
local function change_texts(found)
  local texts, by_what = {}, {}
  for _, change in ipairs(found) do
    local what = change.kind .. change.what
    local group = by_what[what]
    if not group then
      group = { what = change.what, kind = change.kind }
      by_what[what], texts[#texts + 1] = group, group
    end
    group[#group + 1] = change.name
  end
  for i, group in ipairs(texts) do
    local kind = group.kind == "pipeline" and (group[2] and "pipelines " or "pipeline ") or ""
    texts[i] = string.format("%s%s changed (%s)", kind, listed(group), group.what)
  end
  return texts
end

-- The pipelines in whose history the changes count, and what is stale in each.
local function stale_texts(found)
  local is_changed, rewired, texts, any = {}, {}, {}, false
  for _, change in ipairs(found) do
    (change.kind == "step" and is_changed or rewired)[change.name] = true
  end
  local names = {}
  for name in next, pipelines.pipelines do names[#names + 1] = name end
  table.sort(names)
  local all = setmetatable({}, { __index = function() return true end })
  for _, name in ipairs(names) do
    local list, ran = stale_nodes(pipelines.pipelines[name], rewired[name] and all or is_changed)
    any = any or ran
    if list[1] then texts[#texts + 1] = string.format("stale in %s: %s", name, listed(list)) end
  end
  -- a step that was called by itself has a history of its own
  for _, change in ipairs(found) do
    if change.kind == "step" and why.previous_row(change.name, change.name) then
      any, texts[#texts + 1] = true, "stale: " .. change.name
    end
  end
  return texts, any
end

-- What the changes mean, in lines for people; nil where nothing ran yet that they touch.
---@param found Change[]
---@param width integer columns
---@return string?
function stale.text(found, width)
  local _, exists = project.find()
  if not found[1] or not exists then return nil end
  project.need "read"
  if not project.meta then return nil end
  local texts, any = stale_texts(found)
  if not any then return nil end
  if not texts[1] then texts[1] = "nothing is stale: the results are cached" end
  local lines = table.move(texts, 1, #texts, #change_texts(found) + 1, change_texts(found))
  local line = table.concat(lines, "; ")
  return text_width.width(line) <= width and line or table.concat(lines, "\n")
end

stale.watch = changes.watch

return stale

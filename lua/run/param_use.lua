-- param_use: finds the parameters that the code of a step reads and sets by name: through locals, closures, ctx.params,
-- and functions of the script that it passes them to.  The code is not run (rille.host.data_flow reads it).

local condition_check = require "rille.script.condition_check"
local data_flow = require "rille.host.data_flow"
local origin = require "rille.host.origin"
local suggest = require "rille.base.suggest"

local param_use = {}

local DEEPEST <const> = 8           -- functions that pass them on

-- Does the path lead to the parameters: argument p, or field params of argument ctx?
local function is_params(path, p, ctx)
  return #path == 1 and path[1] == p or #path == 2 and path[1] == ctx and path[2] == "params"
end

-- Adds the uses in f to the list, and those in functions that it passes the parameters to.  What such a function only
-- tests (o.max or 1) is optional: the step need not declare it.
local function look(list, seen, f, p, ctx, depth)
  local facts = data_flow.of(f)
  local source = debug.getinfo(f, "S")
  local name = string.format("%p %s %s", f, p, ctx)
  if not facts or origin.is_ours(source.source) or seen[name] or depth > DEEPEST then return end
  seen[name] = true
  local optional = {}
  for _, fact in ipairs(facts) do
    if depth > 1 and fact.tested and is_params(fact.path, p, ctx) then optional[fact.name] = true end
  end
  for _, fact in ipairs(facts) do
    local whole = is_params(fact.path, p, ctx)
    if whole and (fact.kind == "read" and not optional[fact.name] or fact.kind == "write") then
      list[#list + 1] = { name = fact.name, write = fact.kind == "write", at = string.format("%s:%d", source.short_src,
        fact.line > 0 and fact.line or source.linedefined) }
    elseif fact.kind == "pass" and (whole or #fact.path == 1 and fact.path[1] == ctx) then
      local kind, callee = condition_check.resolve(f, fact.callee, {})
      if kind == "value" and type(callee) == "function" then
        look(list, seen, callee, whole and fact.place or nil, not whole and fact.place or nil, depth + 1)
      end
    end
  end
end

-- Uses of names that the step does not declare, once each; near: the parameter that may be meant.  A name that the code
-- sets itself may be read.
---@param step table
---@return { name: string, at: string, write: boolean, near: string? }[]
function param_use.undeclared(step)
  local uses, set, read, names = {}, {}, {}, {}
  local p = (step.receiver and 1 or 0) + #step.inputs + 1
  look(uses, {}, step.run, p, p + 1, 1)
  for i, param in ipairs(step.params) do names[i] = param.name end
  for _, use in ipairs(uses) do if use.write then set[use.name] = true else read[use.name] = true end end
  local found = {}
  for _, use in ipairs(uses) do
    use.near = suggest.misspelt(use.name, names)
    local meant = use.write and (read[use.name] or not use.near) or not use.write and set[use.name]
    if not meant and not step.index.param[use.name] then found[#found + 1] = use end
  end
  return found
end

return param_use

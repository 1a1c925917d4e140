-- undeclared_params: a parameter that a running step reads and that is not declared.

local data_flow = require "rille.host.data_flow"
local errors = require "rille.base.errors"
local origin = require "rille.host.origin"
local suggest = require "rille.base.suggest"

local undeclared_params = {}

-- By step: the parameter that may be meant by a name, or false.  By function: whether it
-- reads a name for what is there and not only to see whether it is.
local meant = setmetatable({}, { __mode = "k" })
local wanted = {}

local function near(spec, name)
  local known = meant[spec]
  if not known then known = {} meant[spec] = known end
  if known[name] == nil then
    local names = {}
    for i, param in ipairs(spec.params) do names[i] = param.name end
    known[name] = suggest.misspelt(name, names) or false
  end
  return known[name]
end

-- A function that others use, too, may ask for options that this step does not have: only
-- a name that it writes and counts on is one that should be there.
local function counts_on(reader, name)
  local place = reader.source .. ":" .. reader.linedefined
  local names = wanted[place]
  if not names then
    names = {}
    for _, fact in ipairs(data_flow.of(reader.func) or {}) do
      if fact.kind == "read" then names[fact.name] = not fact.tested and names[fact.name] ~= false end
    end
    wanted[place] = names
  end
  return names[name]
end

-- Is it the function of the step, or one that is written in it?
local function is_inside(reader, run)
  local body = debug.getinfo(run, "S")
  return reader.source == body.source and reader.linedefined >= body.linedefined
    and reader.lastlinedefined <= body.lastlinedefined
end

-- Called by __index of the parameters.  rille's own code and C ask for options that may
-- be there; other code names what it means.
---@param spec table the step
---@param name string
function undeclared_params.read(spec, name)
  local other = near(spec, name)
  if not other then return end
  local reader = debug.getinfo(3, "Sf")
  if not reader or reader.what == "C" or origin.is_ours(reader.source) then return end
  if not is_inside(reader, spec.run) and not counts_on(reader, name) then return end
  errors.raise('step "%s": there is no parameter "%s"; did you mean "%s"?', spec.name, name, other)
end

return undeclared_params

-- fingerprint_audit: does a step read more than its fingerprint covers?  `rille run --audit` tests the
-- fingerprint on the programs of its users.
--
-- While the body of a step runs, the globals, and every captured table of which the fingerprint covers some fields
-- only, are empty tables whose __index notes each name that is read; a hook sees every Lua function that is called.
-- It is a violation when
--   a global or a field is read that the fingerprint does not name
--   a function is called that the fingerprint did not walk, that the step did not make, and that belongs to no module
--   which the step was seen to require
--   such a function captures something that was not walked
-- A step that escapes (_G, load...) or is impure is not cached, so nothing is a violation.  Results of an audit are
-- not reused.

local fingerprint = require "rille.host.fingerprint"
local graph = require "rille.graph"
local registry = require "rille.artifact.registry"
local observe = require "rille.host.observe"
local origin = require "rille.host.origin"

local fingerprint_audit = {}

local function is_ours(info) return info.what == "C" or origin.is_ours(info.source) end

local function place(f)
  local info = debug.getinfo(f, "S")
  return string.format("%s:%d", info.short_src, info.linedefined)
end

-- What exists --------------------------------------------------------------------

local function push(stack, seen, v)
  local kind = type(v)
  if (kind == "table" or kind == "function" or kind == "userdata" or kind == "thread") and not seen[v] then
    seen[v] = true
    stack[#stack + 1] = v
  end
end

local function push_upvalues(stack, seen, f)
  for i = 1, 255 do
    local name, v = debug.getupvalue(f, i)
    if not name then return end
    push(stack, seen, v)
  end
end

-- Everything that can be reached from v, as a set.
local function reachable(v)
  local seen, stack = {}, {}
  push(stack, seen, v)
  while stack[1] do
    local one = table.remove(stack)
    push(stack, seen, debug.getmetatable(one))
    if type(one) == "function" then push_upvalues(stack, seen, one)
    elseif type(one) == "table" then
      for k, x in next, one do
        push(stack, seen, k)
        push(stack, seen, x)
      end
    elseif type(one) == "userdata" then
      for i = 1, 10 do push(stack, seen, (debug.getuservalue(one, i))) end
    end
  end
  return seen
end

local LIBRARIES = { coroutine = true, debug = true, io = true, math = true, os = true, package = true, rille = true,
  string = true, table = true, utf8 = true }

-- The tables of the standard library and of rille's modules, by their fields.
local function library_tables()
  local set = { [package.loaded._G] = true }
  local function add(t)
    if type(t) ~= "table" or set[t] then return end
    set[t] = true
    for k, v in next, t do
      if t ~= package.loaded and t ~= package.preload and type(k) == "string" then add(v) end
    end
  end
  for name, module in next, package.loaded do
    if LIBRARIES[name] or origin.owns(module) then add(module) end
  end
  return set
end

-- What the fingerprint covers ------------------------------------------------------

local function merge(into, visited)
  for v, names in next, visited or {} do
    if names == true or into[v] == nil then into[v] = names
    elseif into[v] ~= true then
      for name in next, names do into[v][name] = true end
    end
  end
end

local function walk_of(f, name, self) return fingerprint.walk(f, { name = name, visits = true, self = self or nil }) end

-- All that the key of a step covers, its code and that of materializers, as a set; and the step's escapes.
local function covered_by(step)
  local set = {}
  local info = walk_of(step.run, step.name .. ".run", step.receiver)
  merge(set, info and info.visited)
  for _, m in next, registry.own do
    for _, v in ipairs { m.save, m.load, m.claims or m.save, table.unpack(m.classes) } do
      local walked = walk_of(function() return v end, "materializer")
      merge(set, walked and walked.visited)
    end
  end
  return set, info and info.escapes
end

-- Hidden tables --------------------------------------------------------------------

-- Empties a table until the returned function is called; note(name) is called with each name that is read meanwhile.
local function hide(t, note)
  local hidden, meta = {}, debug.getmetatable(t)
  for k, v in next, t do hidden[k] = v end
  for k in next, hidden do t[k] = nil end
  debug.setmetatable(hidden, meta)
  debug.setmetatable(t, {
    __index = function(_, k)
      note(k)
      return hidden[k]
    end,
    __newindex = function(_, k, v) hidden[k] = v end,
    __len = function() return #hidden end,
    __pairs = function() return pairs(hidden) end,
  })
  return function()
    debug.setmetatable(t, meta)
    debug.setmetatable(hidden, nil)
    for k, v in next, hidden do rawset(t, k, v) end
  end
end

-- One step -------------------------------------------------------------------------

---@class rille.audit.observer of one step
---@field covered table<any, true|table> of covered_by: true, or the names of the fields that are covered
---@field ranges table<string, integer[][]> lines of covered functions, by source
---@field existing table<any, true> what there was before the step
---@field libraries table<table, true>
---@field met table<function, true> functions that were called
---@field said table<string, true> reports
---@field found { what: string, where: string, f: function? }[]
---@field hidden fun()[] each shows a hidden table again
local Observer = { __name = "observer of a step" }
Observer.__index = Observer

function Observer:report(what, where, f)
  local key = what .. where
  if not self.said[key] then
    self.said[key] = true
    self.found[#self.found + 1] = { what = what, where = where, f = f }
  end
end

-- Is the code of a function covered: is it walked, or defined inside a walked one?
function Observer:is_covered(f)
  if self.covered[f] then return true end
  if self.existing[f] then return false end
  local info = debug.getinfo(f, "S")
  for _, range in ipairs(self.ranges[info.source] or {}) do
    if info.linedefined >= range[1] and info.lastlinedefined <= range[2] then return true end
  end
  return false
end

-- debug.getinfo of the function that reads; nil when it is not covered.
function Observer:reader()
  local info = debug.getinfo(4, "Slf")
  if info and not is_ours(info) and self:is_covered(info.func) then return info end
end

function Observer:hide(t, names, form)
  self.hidden[#self.hidden + 1] = hide(t, function(k)
    if names[k] then return end
    local info = self:reader()
    if info then self:report(string.format(form, tostring(k)), info.short_src .. ":" .. info.currentline) end
  end)
end

local function is_known(self, v)
  if type(v) ~= "table" and type(v) ~= "function" then return true end
  if self.covered[v] or self.libraries[v] then return true end
  return type(v) == "function" and is_ours(debug.getinfo(v, "S"))
end

function Observer:called(f)
  if self.met[f] then return end
  self.met[f] = true
  if is_ours(debug.getinfo(f, "S")) then return end
  if self.existing[f] and not self.covered[f] then
    return self:report("calls a function that the fingerprint does not cover", place(f), f)
  end
  if not self.covered[f] then return end
  for i = 1, 255 do
    local name, v = debug.getupvalue(f, i)
    if not name then return end
    if not is_known(self, v) then
      self:report("captures " .. name .. ", which the fingerprint does not cover", place(f))
    end
  end
end

-- A coroutine has a hook of its own.
function Observer:hook()
  local hook
  local function follow(co) if type(co) == "thread" then debug.sethook(co, hook, "c") end end
  hook = function()
    local info = debug.getinfo(2, "Sf")
    if info.what ~= "C" then return self:called(info.func) end
    local _, first = debug.getlocal(2, 1)
    follow(first)
    local _, up = debug.getupvalue(info.func, 1)
    follow(up)
  end
  return hook
end

function Observer:begin()
  self:hide(package.loaded._G, self.covered[package.loaded._G] or {},
    "reads the global %s, which the fingerprint does not cover")
  for v, names in next, self.covered do
    if type(v) == "table" and type(names) == "table" and v ~= package.loaded._G and not debug.getmetatable(v) then
      self:hide(v, names, "reads the field %s of a captured table, which the fingerprint does not cover")
    end
  end
  debug.sethook(self:hook(), "c")
end

function Observer.finish(self)
  debug.sethook()
  for i = #self.hidden, 1, -1 do self.hidden[i]() end
  self.hidden = {}
end
Observer.__close = Observer.finish

local function ranges_of(covered)
  local ranges = {}
  for f in next, covered do
    local info = type(f) == "function" and debug.getinfo(f, "S")
    if info then
      ranges[info.source] = ranges[info.source] or {}
      table.insert(ranges[info.source], { info.linedefined, info.lastlinedefined })
    end
  end
  return ranges
end

local function observer_of(covered)
  return setmetatable({ covered = covered, ranges = ranges_of(covered), existing = reachable(debug.getregistry()),
    libraries = library_tables(),
    met = {}, said = {}, found = {}, hidden = {} }, Observer)
end

-- The fingerprint_audit ------------------------------------------------------------------------

---@class rille.audit
---@field around fun(step: table, ...): ... calls the body of a step (execute/task.lua)
---@field violations { step: string, what: string, where: string }[]
---@field checked integer steps
---@field skipped integer steps that escape
local Audit = { __name = "audit" }
Audit.__index = Audit

-- Runs the body of a step and observes it.
local function observed(self, step, ...)
  local covered, escapes = covered_by(step)
  if not escapes or escapes[1] then
    self.skipped = self.skipped + 1
    return step.run(...)
  end
  self.checked = self.checked + 1
  local observer <close> = observer_of(covered)
  self.observer = observer
  observer:begin()
  return step.run(...)
end

-- The functions of modules that the step was seen to require.
local function required(answer)
  local set = {}
  for _, one in ipairs(answer.reads and observe.describe(answer.reads) or {}) do
    if one.kind == "module" then
      for v in next, reachable { package.loaded[one.name], package.preload[one.name] } do set[v] = true end
    end
  end
  return set
end

-- Adds the violations of the step that has ended.
local function add_violations(self, step, answer)
  local observer = self.observer
  self.observer = nil
  -- the result of an impure step is not cached, whatever the step read
  if not observer or not observer.found[1] or (answer.impure or {})[1] then return end
  local modules = required(answer)
  for _, one in ipairs(observer.found) do
    if not (one.f and modules[one.f]) then
      self.violations[#self.violations + 1] = { step = step, what = one.what, where = one.where }
    end
  end
end

-- A judge (run/verdict.lua) that adds violations and lets no result be reused.
---@param judge fun(answer: table)
---@param plan table
function Audit:judging(judge, plan)
  return function(answer)
    add_violations(self, plan.graph.nodes[answer.position][graph.ID], answer)
    judge(answer)
    answer.reusable = false
  end
end

---@return rille.audit
function fingerprint_audit.new()
  local self = setmetatable({ violations = {}, checked = 0, skipped = 0 }, Audit)
  self.around = function(step, ...) return observed(self, step, ...) end
  return self
end

return fingerprint_audit

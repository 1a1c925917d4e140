-- audit: does a step read more than its fingerprint says?  A test of the reader of
-- Lua's code that the fingerprint is made with, by the programs of its users.
--
-- While the body of a step runs, the globals, and every captured table of which the
-- fingerprint holds some fields only, are empty tables whose __index notes each
-- name; a hook sees every Lua function that is called.  Each of these must be true:
--   a global or field that is read is one of those that the fingerprint names
--   a function that is called is one that it walked, or was made by the step, or
--   belongs to a module that the step was seen to require
--   what such a function captures was walked too
-- A step that escapes (_G, load...) or was seen to be impure is not cached, and is
-- held to nothing.
--
-- audit.new() -> { around(step, info), judge(self, judge), violations = { { step,
-- what, where }... }, checked, skipped }; results of an audit are not reused.

local fingerprint = require "rille.host.fingerprint"
local graph = require "rille.graph"
local registry = require "rille.artifact.registry"
local observe = require "rille.host.observe"
local origin = require "rille.host.origin"

local audit = {}

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

local LIBRARIES = { coroutine = true, debug = true, io = true, math = true, os = true, package = true, rille = true, string = true, table = true, utf8 = true }

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

-- What is static -------------------------------------------------------------------

local function merge(into, visited)
  for v, names in next, visited or {} do
    if names == true or into[v] == nil then into[v] = names
    elseif into[v] ~= true then
      for name in next, names do into[v][name] = true end
    end
  end
end

local function walk_of(f, name, self) return fingerprint.walk(f, { name = name, visits = true, self = self or nil }) end

-- All that the key of a step covers: its code, and that of materializers.
local function static_of(step)
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

-- Veils ----------------------------------------------------------------------------

-- Empties the table until the function returned is called; note(name) hears of
-- every read that finds it so.
local function veil(t, note)
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

local Watch = { __name = "watch over a step" }
Watch.__index = Watch

function Watch:report(what, where, f)
  local key = what .. where
  if not self.said[key] then
    self.said[key] = true
    self.found[#self.found + 1] = { what = what, where = where, f = f }
  end
end

-- Whether the code of a function is that of a static one, or lies within it.
function Watch:is_static(f)
  if self.static[f] then return true end
  if self.existing[f] then return false end
  local info = debug.getinfo(f, "S")
  for _, range in ipairs(self.ranges[info.source] or {}) do
    if info.linedefined >= range[1] and info.lastlinedefined <= range[2] then return true end
  end
  return false
end

-- The function that reads, as debug.getinfo tells it; nil when it is none of ours to judge.
function Watch:reader()
  local info = debug.getinfo(4, "Slf")
  if info and not is_ours(info) and self:is_static(info.func) then return info end
end

function Watch:veil(t, names, form)
  self.veils[#self.veils + 1] = veil(t, function(k)
    if names[k] then return end
    local info = self:reader()
    if info then self:report(string.format(form, tostring(k)), info.short_src .. ":" .. info.currentline) end
  end)
end

local function is_known(self, v)
  if type(v) ~= "table" and type(v) ~= "function" then return true end
  if self.static[v] or self.libraries[v] then return true end
  return type(v) == "function" and is_ours(debug.getinfo(v, "S"))
end

function Watch:called(f)
  if self.met[f] then return end
  self.met[f] = true
  if is_ours(debug.getinfo(f, "S")) then return end
  if self.existing[f] and not self.static[f] then
    return self:report("calls a function that the fingerprint does not hold", place(f), f)
  end
  if not self.static[f] then return end
  for i = 1, 255 do
    local name, v = debug.getupvalue(f, i)
    if not name then return end
    if not is_known(self, v) then self:report("captures " .. name .. ", which the fingerprint does not hold", place(f)) end
  end
end

-- A coroutine has a hook of its own.
function Watch:hook()
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

function Watch:begin()
  self:veil(package.loaded._G, self.static[package.loaded._G] or {}, "reads the global %s, which the fingerprint does not name")
  for v, names in next, self.static do
    if type(v) == "table" and type(names) == "table" and v ~= package.loaded._G and not debug.getmetatable(v) then
      self:veil(v, names, "reads the field %s of a captured table, which the fingerprint does not name")
    end
  end
  debug.sethook(self:hook(), "c")
end

function Watch.finish(self)
  debug.sethook()
  for i = #self.veils, 1, -1 do self.veils[i]() end
  self.veils = {}
end
Watch.__close = Watch.finish

local function ranges_of(static)
  local ranges = {}
  for f in next, static do
    local info = type(f) == "function" and debug.getinfo(f, "S")
    if info then
      ranges[info.source] = ranges[info.source] or {}
      table.insert(ranges[info.source], { info.linedefined, info.lastlinedefined })
    end
  end
  return ranges
end

local function watch_of(static)
  return setmetatable({ static = static, ranges = ranges_of(static), existing = reachable(debug.getregistry()), libraries = library_tables(),
    met = {}, said = {}, found = {}, veils = {} }, Watch)
end

-- The audit ------------------------------------------------------------------------

local Audit = { __name = "audit" }
Audit.__index = Audit

-- Runs the body of a step under watch.
local function watched(self, step, ...)
  local static, escapes = static_of(step)
  if not escapes or escapes[1] then
    self.skipped = self.skipped + 1
    return step.run(...)
  end
  self.checked = self.checked + 1
  local watch <close> = watch_of(static)
  self.watch = watch
  watch:begin()
  return step.run(...)
end

-- The functions of modules that the answer's step was seen to require.
local function required(answer)
  local set = {}
  for _, one in ipairs(answer.reads and observe.describe(answer.reads) or {}) do
    if one.kind == "module" then
      for v in next, reachable { package.loaded[one.name], package.preload[one.name] } do set[v] = true end
    end
  end
  return set
end

local function settle(self, step, answer)
  local watch = self.watch
  self.watch = nil
  -- what was seen to be impure is not kept, whatever it read
  if not watch or not watch.found[1] or (answer.impure or {})[1] then return end
  local modules = required(answer)
  for _, one in ipairs(watch.found) do
    if not (one.f and modules[one.f]) then
      self.violations[#self.violations + 1] = { step = step, what = one.what, where = one.where }
    end
  end
end

-- The judge of a run's answers, under audit.
---@param judge fun(answer: table)
---@param p table the plan
function Audit:judging(judge, p)
  return function(answer)
    settle(self, p.graph.nodes[answer.position][graph.ID], answer)
    judge(answer)
    answer.reusable = false
  end
end

---@return table
function audit.new()
  local self = setmetatable({ violations = {}, checked = 0, skipped = 0 }, Audit)
  self.around = function(step, ...) return watched(self, step, ...) end
  return self
end

return audit

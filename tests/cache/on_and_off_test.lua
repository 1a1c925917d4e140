-- Two runs of a pipeline: what is cached, what runs, and what turns the cache off.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"
local json = require "rille.json"

local HEAD = [[
local rille = require "rille"
local step, pipeline, t = rille.step, rille.pipeline, rille.types
]]

-- A project with the files; text is main.lua less its head.
local function project(text, files)
  local p = scratch.new()
  p:write("main.lua", HEAD .. text)
  for name, content in pairs(files or {}) do p:write(name, content) end
  return p
end

-- Runs rille; it has to end with the code (0), and gives what it printed.
local function ok(p, args, code)
  local r = p:rille(args)
  check.eq(r.code, code or 0, args .. ": " .. r.err .. r.out)
  return r.out, r.err
end

local function ask(p, args) return json.decode((ok(p, args .. " --json"))) end

-- The newest run: its steps by id.
local function newest(p, name)
  local run = ask(p, "show " .. (name or "main") .. "@-1")
  local steps = {}
  for _, one in ipairs(run.steps) do steps[one.id] = one end
  return steps, run
end

-- "a=completed b=cached" of the newest run, in order.
local function statuses(p, name)
  local _, run = newest(p, name)
  local parts = {}
  for i, one in ipairs(run.steps) do parts[i] = one.id .. "=" .. one.status end
  return table.concat(parts, " ")
end

local function edit(p, from, to)
  local text = p:read "main.lua"
  local a, b = text:find(from, 1, true)
  check.ok(a, "main.lua has no " .. from)
  p:write("main.lua", text:sub(1, a - 1) .. to .. text:sub(b + 1))
end

-- Two steps, one feeding the other; every body that runs leaves a line in log.
local TWO = [[
local base = 2
local function double(x) return x * base end
local make = step "make" { params = { n = 3 }, outputs = { t.integer "n" }, run = function(p) print "make ran" return p.n end }
local twice = step "twice" { inputs = { t.integer "n" }, outputs = { t.integer "n" }, run = function(n) print "twice ran" return double(n) end }
return pipeline "main" { params = { n = 3 }, define = function(p) twice(make { n = p.n }) end }
]]

check.test("a second run is all cached: the same digests, and no body ran", function()
  local p <close> = project(TWO)
  ok(p, "run main.lua -q")
  local before = newest(p)
  local _, err = ok(p, "run main.lua")
  check.ok(not err:find("make ran", 1, true) and not err:find("twice ran", 1, true), err)
  local after = newest(p)
  check.eq(statuses(p), "make=cached twice=cached")
  for _, id in ipairs { "make", "twice" } do check.eq(after[id].outputs.n.digest, before[id].outputs.n.digest) end
end)

check.test("a step that is swapped runs, with what follows; what is before it is cached", function()
  local p <close> = project(TWO)
  ok(p, "run main.lua -q")
  edit(p, "return double(n)", "return double(n) + 1")
  ok(p, "run main.lua -q")
  check.eq(statuses(p), "make=cached twice=completed")
end)

check.test("off is off at the step, the pipeline, the run and the command line; on overrides none", function()
  local p <close> = project(TWO)
  ok(p, "run main.lua -q")
  ok(p, "run main.lua -q --no-cache")
  check.eq(statuses(p), "make=completed twice=completed")
  check.has(ok(p, "plan main.lua --no-cache"), "the cache is off")
  edit(p, 'pipeline "main" { params', 'pipeline "main" { cache = false, params')
  ok(p, "run main.lua -q")
  check.eq(statuses(p), "make=completed twice=completed")
  p:write("on.lua", 'package.path = "./?.lua;" .. package.path\nrequire "main":run { cache = true }')
  ok(p, "-q on.lua")
  check.eq(statuses(p), "make=completed twice=completed")
  edit(p, 'pipeline "main" { cache = false, params', 'pipeline "main" { cache = true, params')
  edit(p, 'step "make" {', 'step "make" { cache = false,')
  ok(p, "run main.lua -q")
  check.eq(statuses(p), "make=completed twice=cached")
  p:write("on.lua", 'package.path = "./?.lua;" .. package.path\nrequire "main":run { cache = false }')
  ok(p, "-q on.lua")
  check.eq(statuses(p), "make=completed twice=completed")
end)

check.test("what one step insists on is no result for another with the same code", function()
  local p <close> = project [[
    local a = step "a" { outputs = { t.integer "at" }, cache = "always", run = function() return os.time() end }
    local b = step "b" { outputs = { t.integer "at" }, run = function() return os.time() end }
    return pipeline "main" { define = function() a() b() end }]]
  ok(p, "run main.lua -q")
  ok(p, "run main.lua -q")
  check.eq(statuses(p), "a=cached b=completed")
end)

check.test("a cached step names the run that made its result", function()
  local p <close> = project(TWO)
  ok(p, "run main.lua -q --name first")
  ok(p, "run main.lua -q --name second")
  local steps = newest(p)
  check.eq(steps.make.cached_from, "first/make")
  check.eq(steps.twice.cached_from, "first/twice")
  check.has(ok(p, "show second/twice"), "from        first/twice")
end)

check.done()

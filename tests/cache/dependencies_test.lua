-- What a step uses without listing it is in its key: helpers, modules, captured values,
-- files, variables.

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

check.test("helpers, modules and captured values are in the key without being listed", function()
  local p <close> = project([[
    local scale = require "scale"
    local s = step "s" { outputs = { t.integer "n" }, run = function() return scale.by(4) end }
    return pipeline "main" { define = function() s() end }]], { ["scale.lua"] = "local k = 3\nreturn { by = function(x) return k * x end }\n" })
  ok(p, "run main.lua -q")
  p:write("scale.lua", "-- by a factor\nlocal factor = 3\nreturn { by = function(x) return factor * x end }\n")
  ok(p, "run main.lua -q")
  check.eq(statuses(p), "s=cached")
  p:write("scale.lua", "local k = 2\nreturn { by = function(x) return k * x end }\n")
  ok(p, "run main.lua -q")
  check.eq(statuses(p), "s=completed")
  check.eq(ok(p, "artifact get main::s::n"), "8")
end)

check.test("files, missing files, folders and variables that a step read are dependencies", function()
  local p <close> = project([[
    local function S(name, run) return step(name) { outputs = { t.string "text" }, run = run } end
    local file = S("file", function() return io.open "a.txt":read "a" end)
    local missing = S("missing", function() return io.open "b.txt" and "there" or "not there" end)
    local variable = S("variable", function() return os.getenv "MODE" or "none" end)
    local tree = step "tree" { inputs = { t.dir "d" }, outputs = { t.integer "n" }, run = function(d) return #d:files() end }
    return pipeline "main" { define = function() file() missing() variable() tree(rille.dir "d") end }]], { ["a.txt"] = "one" })
  p:sh "mkdir d && touch d/x"
  ok(p, "run main.lua -q")
  p:sh "touch a.txt d/x"
  ok(p, "run main.lua -q")
  check.eq(statuses(p), "file=cached missing=cached variable=cached tree=cached")
  p:write("a.txt", "two")
  p:write("b.txt", "")
  p:sh "touch d/y"
  check.eq(p:sh('MODE=fast "$RILLE" run main.lua -q').code, 0)
  check.eq(statuses(p), "file=completed missing=completed variable=completed tree=completed")
  p:write("a.txt", "one")
  check.eq(p:sh('MODE=fast "$RILLE" run main.lua -q').code, 0)
  check.eq(statuses(p), "file=cached missing=cached variable=cached tree=cached")
end)

check.done()

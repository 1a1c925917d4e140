-- A run that ends early, by an error in a step, kill -9 or Ctrl-C, and the one after it.

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

check.test("after a failure the finished steps are hits, and what needed it is skipped", function()
  local p <close> = project [[
    local a = step "a" { outputs = { t.integer "n" }, run = function() return 1 end }
    local b = step "b" { inputs = { t.integer "n" }, outputs = { t.integer "n" }, run = function(n) if not io.open "there" then error "not there" end return n end }
    local c = step "c" { inputs = { t.integer "n" }, outputs = { t.integer "n" }, run = function(n) return n end }
    return pipeline "main" { define = function() c(b(a())) end }]]
  local _, err = ok(p, "run main.lua", 1)
  check.has(err, "not there")
  check.has(err, "run it again when it is mended")
  check.eq(statuses(p), "a=completed b=failed c=skipped")
  check.has(ok(p, "show main@-1"), "skipped")
  p:write("there", "")
  ok(p, "run main.lua -q")
  check.eq(statuses(p), "a=cached b=completed c=completed")
end)

check.test("kill -9 in a step: the next run says so and goes on, with nothing to unlock", function()
  local p <close> = project [[
    local a = step "a" { outputs = { t.integer "n" }, run = function() return 1 end }
    local b = step "b" { inputs = { t.integer "n" }, outputs = { t.integer "n" }, run = function(n)
      if not io.open "again" then io.open("in-b", "w"):close() while true do end end
      return n
    end }
    return pipeline "main" { define = function() b(a()) end }]]
  p:sh [["$RILLE" run main.lua & pid=$!; while [ ! -e in-b ]; do sleep 0.02; done; sleep 1.2; kill -9 $pid; wait $pid]]
  p:write("again", "")
  local _, err = ok(p, "run main.lua")
  check.has(err, "had been interrupted; it is closed as failed")
  local first = ask(p, "show main@1")
  check.eq({ first.status, first.reason }, { "failed", "interrupted" })
  ok(p, "fsck")
end)

check.test("Ctrl-C ends the run when the running step ends, at 130", function()
  local p <close> = project [[
    local a = step "a" { outputs = { t.integer "n" }, run = function() io.open("in-a", "w"):close() while not io.open "go" do end return 1 end }
    local b = step "b" { inputs = { t.integer "n" }, outputs = { t.integer "n" }, run = function(n) return n end }
    return pipeline "main" { define = function() b(a()) end }]]
  local r = p:sh [[set -m; "$RILLE" run main.lua & pid=$!; while [ ! -e in-a ]; do sleep 0.02; done; kill -INT $pid; sleep 0.1; touch go; wait $pid]]
  check.eq(r.code, 130, r.err)
  check.eq(ask(p, "show main@-1").status, "stopped")
  check.eq(statuses(p), "a=completed b=stopped")
end)

check.done()

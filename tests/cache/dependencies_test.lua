-- What a step uses without listing it is in its key: helpers, modules, captured values,
-- files, variables.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

check.test("helpers, modules and captured values are in the key without being listed", function()
  local p <close> = scratch.script([[
    local scale = require "scale"
    local s = step "s" { outputs = { t.integer "n" }, run = function() return scale.by(4) end }
    return pipeline "main" { define = function() s() end }]], { ["scale.lua"] = "local k = 3\nreturn { by = function(x) return k * x end }\n" })
  p:ok("run main.lua -q")
  p:write("scale.lua", "-- by a factor\nlocal factor = 3\nreturn { by = function(x) return factor * x end }\n")
  p:ok("run main.lua -q")
  check.eq(p:statuses(), "s=cached")
  p:write("scale.lua", "local k = 2\nreturn { by = function(x) return k * x end }\n")
  p:ok("run main.lua -q")
  check.eq(p:statuses(), "s=completed")
  check.eq(p:ok("artifact get main::s::n"), "8")
end)

check.test("files, missing files, folders and variables that a step read are dependencies", function()
  local p <close> = scratch.script([[
    local function S(name, run) return step(name) { outputs = { t.string "text" }, run = run } end
    local file = S("file", function() return io.open "a.txt":read "a" end)
    local missing = S("missing", function() return io.open "b.txt" and "there" or "not there" end)
    local variable = S("variable", function() return os.getenv "MODE" or "none" end)
    local tree = step "tree" { inputs = { t.dir "d" }, outputs = { t.integer "n" }, run = function(d) return #d:files() end }
    return pipeline "main" { define = function() file() missing() variable() tree(rille.dir "d") end }]], { ["a.txt"] = "one" })
  p:sh "mkdir d && touch d/x"
  p:ok("run main.lua -q")
  p:sh "touch a.txt d/x"
  p:ok("run main.lua -q")
  check.eq(p:statuses(), "file=cached missing=cached variable=cached tree=cached")
  p:write("a.txt", "two")
  p:write("b.txt", "")
  p:sh "touch d/y"
  check.eq(p:sh('MODE=fast "$RILLE" run main.lua -q').code, 0)
  check.eq(p:statuses(), "file=completed missing=completed variable=completed tree=completed")
  p:write("a.txt", "one")
  check.eq(p:sh('MODE=fast "$RILLE" run main.lua -q').code, 0)
  check.eq(p:statuses(), "file=cached missing=cached variable=cached tree=cached")
end)

check.done()

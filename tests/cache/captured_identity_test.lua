-- What a step captures counts by what it is, not only by what it contains: classes of materializers, readers of files.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

-- Two classes of equal content, with a materializer each.
local CLASSES <const> = [[
local A, B = {}, {}
local function of(class, name, x)
  return { class = class, version = 1, save = function(v, art) art:write(name, name .. v.x) end,
    load = function() return setmetatable({ x = x }, class) end }
end
rille.materializer "ma" (of(A, "a", 1))
rille.materializer "mb" (of(B, "b", 2))
local one = step "one" { outputs = { t.any "o" }, run = function() return setmetatable({ x = 4 }, A) end }
local two = step "two" { outputs = { t.any "o" }, run = function() return setmetatable({ x = 4 }, B) end }
local use = step "use" { inputs = { t.any "a", t.any "b" }, outputs = { t.any "o" },
  run = function(a, b) return { a.x, b.x, getmetatable(a) == A } end }
return pipeline "p" { define = function()
  local a = one()
  use { a = a, b = two:with { after = { a } } {} }
end }
]]

local function result(p, store)
  p:ok("run main.lua" .. (store or ""))
  return (p:ok("artifact get p::use::o" .. (store or "")):gsub("%s", ""))
end

-- The result with the cache is the result without.
local function agree(p, want)
  check.eq(result(p), want)
  check.eq(result(p, " --store fresh"), want)
  p:sh "rm -rf fresh"
end

check.test("classes of equal content are two classes", function()
  local p <close> = scratch.script(CLASSES)
  agree(p, "[1,2,true]")
  p:edit("{ x = 4 }, A)", "{ x = 4 }, B)")
  agree(p, "[2,2,false]")
  p:edit("getmetatable(a) == A", "getmetatable(a) == B")
  agree(p, "[2,2,true]")
end)

check.test("so are those that a function claims compares values with", function()
  local claims = "claims = function(v) return getmetatable(v) == class end,"
  local p <close> = scratch.script((CLASSES:gsub("class = class,", claims)))
  agree(p, "[1,2,true]")
  p:edit("{ x = 4 }, A)", "{ x = 4 }, B)")
  agree(p, "[2,2,false]")
end)

check.test("why names the class that a captured table is of", function()
  local p <close> = scratch.script(CLASSES)
  p:ok "run main.lua"
  p:edit("{ x = 4 }, A)", "{ x = 4.0 }, B)")
  p:ok "run main.lua --no-cache"
  check.has(p:ok "why one", 'captured B[class] is new')
end)

check.test("an open reader of JSON lines is refused", function()
  local p <close> = scratch.script [[
local it = require("rille.jsonl").lines "j.jsonl"
local s = step "s" { outputs = { t.any "o" }, run = function() return (it()) end }
return pipeline "p" { define = function() s() end }
]]
  p:write("j.jsonl", '"one"\n')
  local r = p:rille "run main.lua"
  check.eq(r.code, 3)
  check.has(r.err, "reads from a file that was opened outside; open it inside the step")
end)

check.test("a captured main chunk that changed is shown", function()
  local p <close> = scratch.script [[
local f = loadfile "r.lua"
local s = step "s" { outputs = { t.any "o" }, run = function() return f() end }
return pipeline "p" { define = function() s() end }
]]
  p:write("r.lua", "return 5\n")
  p:ok "run main.lua"
  p:write("r.lua", "return 6\n")
  check.has(p:ok "plan main.lua", "captured function f (r.lua:0) changed")
  p:ok "run main.lua"
  check.has(p:ok "why s", "- return 5\n      + return 6")
end)

check.done()

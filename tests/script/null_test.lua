-- null: one meaning, whether JSON, YAML, the command line or a script gives it.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"
local json, yaml = require "rille.json", require "rille.yaml"
local rille = require "rille"

local HEAD = [[
local rille = require "rille"
local step, pipeline, t = rille.step, rille.pipeline, rille.types
local N = rille.null
]]

local function project(text, files)
  local p = scratch.new()
  p:write("main.lua", HEAD .. text)
  for name, content in pairs(files or {}) do p:write(name, content) end
  return p
end

local function value(p, name) return (p:ok("artifact get main::" .. name)) end

local function status(p, id)
  for _, one in ipairs(json.decode((p:ok("show main@-1 --json"))).steps) do
    if one.id == id then return one.status end
  end
end

-- --- the value ----------------------------------------------------------------

check.test("rille.null is one value with three names, prints as null and equals itself alone", function()
  check.ok(rille.null == json.null and rille.null == yaml.null)
  check.ok(rille.null ~= nil and rille.null ~= false and rille.null ~= "null")
  check.eq(tostring(rille.null), "null")
  check.eq({ json.encode { rille.null }, yaml.encode { rille.null }, json.pack { a = rille.null } },
    { "[null]", "- null\n", '{"a":null}' })
  check.ok(json.unpack(json.pack { a = rille.null }).a == rille.null)
  check.ok(json.unpack(json.pack(rille.null)) == rille.null)
end)

check.test("messages of Lua say null, and no userdata", function()
  local null = rille.null
  for want, f in pairs {
    ["attempt to index a null value"] = function() return null.x end,
    ["attempt to perform arithmetic on a null value"] = function() return null + 1 end,
    ["attempt to compare number with null"] = function() return 1 < null end,
    ["attempt to call a null value"] = function() null() end,
    ["number expected, got null"] = function() return ("x"):rep(null) end,
  } do check.raises(f, want) end
end)

check.test("a null field is absent and is not written back, a null in a list stays", function()
  local text = '{"seed":null,"xs":[1,null,3],"m":{"a":null,"b":[null]},"rows":[{"x":null},{"x":1}]}'
  local v = json.decode(text)
  check.ok(v.seed == nil and next(v.rows[1]) == nil)
  check.eq({ #v.xs, v.xs[2] == rille.null, #v.m.b }, { 3, true, 1 })
  check.eq(json.encode(v), '{"m":{"b":[null]},"rows":[{},{"x":1}],"xs":[1,null,3]}')
  check.eq(yaml.decode(text), v)
end)

check.test("records without a field have a missing value in a frame", function()
  local frame = require "rille.frame"
  local f = require("rille.artifact.frame_from_records").frame(
    json.decode '[{"n": 1, "s": "a"}, {"n": null, "s": "b"}, {"n": 3, "s": null, "late": 2.5}]')
  check.eq(f.columns, { "late", "n", "s" })
  check.eq(f:column("n"):totable(), { 1.0, 0 / 0, 3.0 })
  check.eq(f:column "s", { "a", "b", "" })
  check.raises(function() frame.new { { "b", { true, rille.null } } } end,
    'column "b": element 2 is null, and booleans cannot be missing')
end)

check.test("messages of rille call it null where a value of another kind is wanted", function()
  local array, frame, csv, null = require "rille.array", require "rille.frame", require "rille.csv", rille.null
  local t = rille.types
  for _, f in ipairs {
    function() array.from { 1, null } end, function() array.concat { null } end,
    function() array.zeros(2):set(1, null) end,
    function() array.full(2, null) end, function() return array.zeros(2) + null end,
    function() frame.new { { "x", null } } end,
    function() csv.read(null) end, function() json.decode(null) end, function() rille.step(null) end,
    function() rille.step "x" (null) end,
    function() rille.step "x" { outputs = { null }, run = print } end, function() t.list(null) end,
    function() t.number { min = null } end,
    function() rille.file(null) end, function() t.number { default = null } end,
    function() json.encode { [null] = 1 } end,
  } do
    local ok, message = pcall(f)
    check.ok(not ok)
    check.has(message, "null")
    check.ok(not message:find "userdata", message)
  end
end)

-- --- between steps ------------------------------------------------------------

check.test("null in what a program writes: an absent field, and a place in a list", function()
  local p <close> = project [[
local mk = step "mk" { outputs = { t.table "cfg" }, command = "printf '{\"seed\": null, \"n\": 1, \"xs\": [1, null, 3]}' > {outputs.cfg}" }
local use = step "use" { inputs = { t.table "cfg" }, outputs = { t.string "s" }, run = function(c)
  return ("%s %s %d %s"):format(tostring(c.seed), c.seed and "yes" or "no", #c.xs, tostring(c.xs[2])) end }
local back = step "back" { inputs = { t.table "cfg" }, outputs = { t.table "cfg" }, run = function(c) c.n = 2 return c end }
local seed = step "seed" { inputs = { t.table "cfg" }, outputs = { t.any "s" }, run = function(c) return c.seed end }
return pipeline "main" { define = function() local m = mk {} use { cfg = m } back { cfg = m } seed { cfg = m } end }
]]
  p:ok("run main.lua")
  check.eq({ value(p, "use::s"), value(p, "back::cfg"), value(p, "seed::s") },
    { "nil no 3 null", '{"n":2,"xs":[1,null,3]}', "null" })
  check.eq(status(p, "use"), "completed")
  p:ok("run main.lua")
  check.eq(status(p, "use"), "cached")
end)

local THROUGH <const> = [[
local LIST = { 1, N }
local mk = step "mk" { outputs = { t.any "a", t.list(t.any) "l", t.table "tb", t.any "none" }, run = function()
  return N, { 1, N, 3 }, { x = N, y = { N } }, nil end }
local use = step "use" { inputs = { t.any "a", t.list(t.any) "l", t.table "tb", t.any "none" }, outputs = { t.string "s" }, run = function(a, l, tb, none)
  return table.concat({ tostring(a == N), #l, tostring(l[2] == N), tostring(tb.x == rille.null), tostring(tb.y[1] == N), tostring(none) }, " ") end }
local each = step "each" { inputs = { t.any "x" }, outputs = { t.string "y" }, run = function(x) return tostring(x == N) .. tostring(LIST[2] == x) end }
local join = step "join" { inputs = { t.list(t.string) "l" }, outputs = { t.string "s" }, run = function(l) return table.concat(l, ",") end }
return pipeline "main" { define = function()
  local m = mk {}
  use { a = m.a, l = m.l, tb = m.tb, none = m.none }
  join { l = each:map { x = m.l } }
end }
]]

check.test("rille.null is itself as an output, in lists and tables, as an item of a map, captured and in workers",
  function()
  for _, jobs in ipairs { 1, 3 } do
    local p <close> = project(THROUGH)
    p:ok("run main.lua -j " .. jobs)
    check.eq({ value(p, "use::s"), value(p, "join::s"), value(p, "mk::a") },
      { "true 3 true true true nil", "falsefalse,truetrue,falsefalse", "null" })
    local _, err = p:ok("run main.lua -j " .. jobs)
    check.has(err, "all 6 steps cached")
    check.eq(json.decode((p:ok("show main::mk::a --json"))).type, "null")
    check.has(p:ok("show main::mk::l"), "list of 3: 1, null, 3")
    check.has(p:ok("show main::mk::tb"), "table with 2 fields: x = null, y = {null}")
  end
end)

check.test("what a step captures tells null from false, from the text and from nothing", function()
  local p <close> = project ""
  local seen = {}
  for _, list in ipairs { "{ 1, N }", "{ 1, false }", "{ 1, 'null' }", "{ 1 }", "{ 1, N, N }" } do
    p:write("main.lua", HEAD .. "local LIST = " .. list .. "\n" .. [[
local s = step "s" { outputs = { t.string "s" }, run = function() return tostring(LIST[2]) .. #LIST end }
local q = step "q" { params = { c = t.any }, outputs = { t.string "s" }, run = function(p) return tostring(p.c[2]) .. #p.c end }
return pipeline "main" { define = function() s {} q { c = LIST } end }
]])
    p:ok("run main.lua")
    check.eq({ status(p, "s"), status(p, "q") }, { "completed", "completed" }, list)
    check.eq(value(p, "s::s"), value(p, "q::s"))
    seen[#seen + 1] = value(p, "s::s")
    p:ok("run main.lua")
    check.eq({ status(p, "s"), status(p, "q") }, { "cached", "cached" }, list)
  end
  check.eq(seen, { "null2", "false2", "null2", "nil1", "null3" })
end)

check.test("a null field and an absent one are one value to the step behind", function()
  local p <close> = project([[
local mk = step "mk" { inputs = { t.file "f" }, outputs = { t.table "c" }, command = "cat {inputs.f} > {outputs.c}" }
local use = step "use" { inputs = { t.table "c" }, outputs = { t.string "s" }, run = function(c) return tostring(c.a) end }
return pipeline "main" { define = function() use { c = mk { f = rille.file "in.json" } } end }
]], { ["in.json"] = '{"a": null, "b": 1}' })
  p:ok("run main.lua")
  p:write("in.json", '{"b": 1}')
  p:ok("run main.lua")
  check.eq({ status(p, "mk"), status(p, "use") }, { "completed", "cached" })
  p:write("in.json", '{"a": false, "b": 1}')
  p:ok("run main.lua")
  check.eq({ status(p, "use"), value(p, "use::s") }, { "completed", "false" })
end)

check.test("a port that takes no null says null", function()
  local p <close> = project [[
local s = step "s" { outputs = { t.list(t.number) "n" }, run = function() return { 1, N } end }
return pipeline "main" { define = function() s {} end }
]]
  local r = p:rille "run main.lua"
  check.has(r.err, "element 2: expected a number, found null")
  check.ok(not r.err:find "userdata")
end)

check.test("metadata and params keep it, a metric is a number", function()
  local p <close> = project [[
local s = step "s" { outputs = { t.integer "n" }, run = function(_, ctx) ctx:log_metadata { a = N, b = { 1, N } } return 1 end }
local m = step "m" { outputs = { t.integer "n" }, run = function(_, ctx) ctx:log_metric { acc = N } return 1 end }
return pipeline "main" { define = function() s {} m {} end }
]]
  local r = p:rille "run main.lua -k"
  check.eq(r.code, 1)
  check.has(r.err, "null")
  check.ok(not r.err:find "userdata", r.err)
  check.has(p:rille("show main@-1 --json").out, '"metadata":{"a":null,"b":[1,null]}')
end)

-- --- parameters ---------------------------------------------------------------

local PARAMS <const> = [[
local s = step "s" { params = { n = t.number { default = 2 }, c = t.any { default = "d" }, w = "word" }, outputs = { t.string "s" },
  run = function(p) return ("%s %s %s"):format(p.n, tostring(p.c), p.w) end }
return pipeline "main" { params = { n = t.number { default = 2 }, c = t.any { default = "d" }, w = "word", need = t.integer { default = 0 } },
  define = function(p) s { n = p.n, c = p.c, w = p.w } s:with { id = "given" } { n = N, c = N, w = N } end }
]]

check.test("null is the default of a parameter, wherever it is given", function()
  local p <close> = project(PARAMS,
    { ["c.yaml"] = "parameters: { n: 5, c: null, w: ~ }\n", ["five.yaml"] = "parameters: { n: 5 }\n" })
  p:ok("run main.lua")
  check.eq({ value(p, "s::s"), value(p, "given::s") }, { "2.0 d word", "2.0 d word" })
  for args, want in pairs {
    ["--set n=null --set c=null --set w=null"] = "2.0 d word", ["--set n=~ --set c=Null"] = "2.0 d word",
    ["--set w="] = "2.0 d ",
    [ [[--set 'w="null"']] ] = "2.0 d null", [ [[--set 'w=""']] ] = '2.0 d ""', [ [[--set 'c=""']] ] = "2.0  word",
    [ [[--set 'c="null"']] ] = "2.0 null word",
    ["--config c.yaml"] = "5.0 d word", ["--config five.yaml --set n=null"] = "2.0 d word",
    ["--set s.n=null"] = "2.0 d word", ["--set w=Null"] = "2.0 d Null",
  } do
    p:ok("run main.lua " .. args)
    check.eq(value(p, "s::s"), want, args)
  end
  p:write("go.lua", 'local p = require "main"\np:run { params = { n = require("rille").null } }\n')
  p:ok("go.lua")
  check.eq(value(p, "s::s"), "2.0 d word")
end)

check.test("null may be the default, of a parameter that is optional", function()
  local p <close> = project [[
local optional = t.any_of { t.number, t.null } { default = N }
local s = step "s" { params = { n = optional }, outputs = { t.string "s" }, run = function(p) return tostring(p.n) .. tostring(p.n == N) end }
return pipeline "main" { params = { n = optional }, define = function(p) s { n = p.n } end }
]]
  for args, want in pairs { [""] = "nulltrue", ["--set n=3"] = "3.0false", ["--set n=null"] = "nulltrue" } do
    p:ok("run main.lua " .. args)
    check.eq(value(p, "s::s"), want, args)
  end
end)

check.test("without a default it is missing; an empty value says what it may be", function()
  local p <close> = project [[
local s = step "s" { params = { n = t.number, c = t.any { default = 1 } }, outputs = { t.string "s" }, run = function(p) return "x" end }
return pipeline "main" { params = { n = t.number, c = t.any { default = 1 } }, define = function(p) s { n = p.n } end }
]]
  for args, want in pairs {
    ["--set n=null"] = 'parameter "n" is missing (number)',
    ["--set n="] = 'parameter "n": expected a number, found nothing; null means the default',
    ["--set n=1 --set c="] =
      'parameter "c": expected a value, found nothing; null means the default, "" in quotes the empty string',
    ["--set n=1 --set s.n=null"] = 'step "s": parameter "n" has no default, which null means; give it a value (number)',
    ["--set n=9007199254740993"] = "a float, which does not hold this integer exactly",
  } do
    local r = p:rille("run main.lua " .. args)
    check.ok(r.code ~= 0, args)
    check.has(r.err, want)
  end
end)

check.test("the keys of a YAML file are checked, null or not", function()
  local p <close> = project(PARAMS, { ["bad.yaml"] = "parameters: { nn: null }\n", ["top.yaml"] = "parameter: null\n",
    ["nested.yaml"] = "extra: { a: null, b: { c: ~, d: [1, null] } }\n" })
  check.has(p:rille("run main.lua --config bad.yaml").err, 'bad.yaml:1:15: pipeline "main": unknown parameter "nn"')
  check.has(p:rille("run main.lua --config top.yaml").err, 'unknown key "parameter"; did you mean "parameters"?')
  check.has(p:ok("config main.lua --config nested.yaml --json"), '"value":{"b":{"d":[1,null]}}')
end)

check.done()

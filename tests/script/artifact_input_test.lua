-- Inputs of type t.artifact: a step is handed the artifact itself.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local json = require "rille.json"
local scratch = require "scratch"

local B = paths.build

local HEAD = [[
local rille = require "rille"
local t = rille.types
local make = rille.step "make" { params = { k = 1, note = "a" }, outputs = { t.integer "v" }, run = function(p, ctx)
  ctx:log_artifact_metadata("v", { note = p.note })
  return p.k
end }
local note = rille.step "note" { params = { note = "a" }, outputs = { t.integer "v" }, run = function(p, ctx)
  ctx:log_artifact_metadata("v", { note = p.note })
  return 5
end }
local many = rille.step "many" { outputs = { t.list(t.integer) "list" }, run = function() return { 1, 2 } end }
]]

-- A project with a step `use` whose run takes an artifact a.
local function project_of(body, define, more)
  local project = scratch.new()
  project:write("main.lua",
    string.format("%s%s\nlocal use = rille.step 'use' { inputs = { t.artifact 'a' }, outputs = { t.string 'text' "
      .. "}, run = function(a) %s end }\nreturn rille.pipeline 'p' { params = { k = 1, note = 'a' }, define = "
      .. "function(p) %s end }\n",
    HEAD, more or "", body, define))
  return project
end

local function run(project, arguments)
  local r = project:rille("run main.lua --json " .. (arguments or ""))
  if r.code ~= 0 then error(r.out .. r.err, 2) end
  local status = {}
  for line in r.out:gmatch "[^\n]+" do
    local one = json.decode(line)
    if one.event == "step_end" then status[one.step] = one.status end
    -- a run in which all is cached says no more
    if one.event == "run_end" and one.counts.ran == 0 then status.use = "cached" end
  end
  return status.use, project:rille("artifact get p::use::text").out
end

check.test("the artifact itself comes, with its value, type and digest, and the step stays cacheable", function()
  local project <close> = project_of("return a:load() .. ' ' .. a.type .. ' ' .. #a.digest .. ' ' .. a.size .. ' "
    .. "' .. a.materializer .. ' ' .. #a.members",
    "use(make { k = p.k })")
  for i, one in ipairs { { "", "completed", "1 integer 64 1 integer 1" }, { "", "cached", "1 integer 64 1 integer 1" },
    { "--set k=20", "completed", "20 integer 64 2 integer 1" },
    { "-j 1", "cached", "1 integer 64 1 integer 1" } } do
    local status, text = run(project, one[1])
    check.eq({ status, text }, { one[2], one[3] }, i .. one[1])
  end
  check.eq(project:rille("verify p@1 --rerun 100%").code, 0)
  check.has(project:rille("verify p@1 --rerun 100%").out, "same     use")
end)

check.test("what the step that made it said of it is in the key", function()
  local project <close> = project_of("return tostring(a.metadata.note) .. a:load()", "use(note { note = p.note })")
  local function expect(arguments, status, text) check.eq({ run(project, arguments) }, { status, text }, arguments) end
  expect("", "completed", "a5")
  expect("--set note=b", "completed", "b5")
  expect("", "cached", "a5")
  expect("--set note=b", "cached", "b5")
  expect("--set note=b --no-cache", "completed", "b5")
  check.has(project:rille("why use --run p@2").out, "the metadata of input a changed")
  check.eq(project:rille("verify p@2 --rerun 100%").code, 0)
end)

check.test("its version is observed: a step that read it runs again when it is another", function()
  local project <close> = project_of("return a:load() .. ' v' .. a.version .. ' ' .. a.name", "use(make { k = p.k })")
  local function expect(arguments, status, text) check.eq({ run(project, arguments) }, { status, text }, arguments) end
  expect("", "completed", "1 v1 p::make::v")
  expect("", "cached", "1 v1 p::make::v")
  expect("--set k=2", "completed", "2 v2 p::make::v")
  expect("--set k=2", "cached", "2 v2 p::make::v")
  expect("", "completed", "1 v3 p::make::v")
  expect("", "cached", "1 v3 p::make::v")
end)

check.test("its producer is the step that it is wired to, and observed", function()
  local project <close> = project_of("return a.producer.id .. ' ' .. a.producer.run.name", "use(make { k = p.k })")
  check.eq({ run(project, "--name one") }, { "completed", "make one" })
  check.eq({ run(project, "--name two") }, { "cached", "make one" })
  check.eq({ run(project, "--name three --no-cache") }, { "completed", "make three" })
end)

check.test("tags are not in the key: a step that reads them is not cached", function()
  local project <close> = project_of("return #a.tags .. ''", "use(make { k = p.k })")
  check.eq({ run(project) }, { "completed", "0" })
  check.eq({ run(project) }, { "completed", "0" })
end)

check.test("lists of artifacts, wired and given", function()
  local project <close> = project_of("return ''", "use_all { make { k = p.k }, note { note = p.note }, 7 }", [[
local use_all = rille.step "use" { inputs = { t.list(t.artifact) "list" }, outputs = { t.string "text" }, run = function(list)
  local out = {}
  for i, a in ipairs(list) do out[i] = a:load() .. "/" .. tostring(a.metadata.note) .. "/" .. tostring(a.version) end
  return table.concat(out, " ")
end }]])
  check.eq({ run(project) }, { "completed", "1/a/1 5/a/1 7/nil/nil" })
  check.eq({ run(project) }, { "cached", "1/a/1 5/a/1 7/nil/nil" })
  check.eq({ run(project, "--set note=b -j 1") }, { "completed", "1/a/1 5/b/1 7/nil/nil" })
end)

check.test("what a script does to load it counts: its materializer is observed, a view is not cached", function()
  local MORE = [[
local Point = {}
Point.__index = Point
rille.materializer "point" { class = Point, version = 1, save = function(p, art) art:write("p", p.x .. "") end,
  load = function(art) return setmetatable({ x = art:read "p" .. "!" }, Point) end, views = { text = function(art) return art:read "p" .. "?" end } }
local point = rille.step "point" { outputs = { t.point "q" }, run = function() return setmetatable({ x = 3 }, Point) end }]]
  local project <close> = project_of("return a:load().x", "use(point())", MORE)
  local function edit(from, to) project:write("main.lua", (project:read("main.lua"):gsub(from, to))) end
  check.eq({ run(project) }, { "completed", "3!" })
  check.eq({ run(project) }, { "cached", "3!" })
  edit('"!"', '"!!"')
  check.eq({ run(project) }, { "completed", "3!!" })
  edit("a:load%(%)%.x", 'a:load { as = "text" }')
  check.eq({ run(project) }, { "completed", "3?" })
  edit('"%?"', '"??"')
  check.eq({ run(project) }, { "completed", "3??" })
end)

check.test("items of a map are handed over, and a list that a step made is one artifact", function()
  local project <close> = project_of("return a:load() .. '!'",
    "local l = many(); use:with { id = 'each' }:map { a = l }; count(use:with { id = 'again' }:map { a = l }); "
      .. "whole(l)",
    [[
local count = rille.step "count" { inputs = { t.list(t.artifact) "list" }, outputs = { t.string "n" }, run = function(list) return #list .. list[2]:load() end }
local whole = rille.step "whole" { inputs = { t.artifact "a" }, outputs = { t.string "n" }, run = function(a) return a.type .. #a:load() end }]])
  for _ = 1, 2 do
    check.eq(project:rille("run main.lua").code, 0)
    check.eq(project:rille("artifact get p::count::n").out, "22!")
    check.has(project:rille("artifact get p::whole::n").out, "2")
    check.eq(project:rille("artifact get 'p::each[1]::text'").out, "1!")
  end
  local wrong <close> = project_of("return ''", "takes(many())", [[
local takes = rille.step "takes" { inputs = { t.list(t.artifact) "list" }, outputs = { t.string "n" }, run = function(list) return "" end }]])
  local r = wrong:rille "run main.lua"
  check.eq(r.code, 1)
  check.has(r.err,
    'input "list": expected a list of artifacts, found one artifact that holds a list; declare the port as '
      .. 't.artifact')
end)

check.test("a value of the script becomes an artifact", function()
  local project <close> =
    project_of("return a.type .. ' ' .. #a:load() .. ' ' .. tostring(a.version) .. ' ' .. tostring(a.producer)",
    "use { a = { 1, 2, 3 } }")
  check.eq({ run(project) }, { "completed", "table 3 nil nil" })
  check.eq({ run(project) }, { "cached", "table 3 nil nil" })
end)

check.test("each of a list in the script becomes an artifact, in a test of the step, too", function()
  local project <close> = project_of("return ''", "total { list = { 1, 'x' } }", [[
local total = rille.step "total" { inputs = { t.list(t.artifact) "list" }, outputs = { t.string "n" }, run = function(list) return #list .. list[1]:load() .. list[2].type end }
if rille.main() then
  local testing = require "rille.testing"
  testing.test("total", function() testing.equal(total:test { inputs = { list = { 5, "y", 2 } } }, "35string") end)
end]])
  check.eq(project:rille("run main.lua").code, 0)
  check.eq(project:rille("artifact get p::total::n").out, "21string")
  local r = project:rille "main.lua"
  check.eq(r.code, 0, r.out .. r.err)
end)

check.test("external artifacts have their name, version and metadata", function()
  local project <close> = project_of("return a:load() .. ' ' .. a.metadata.note .. ' ' .. a.name .. ' v' .. "
    .. "a.version .. ' ' .. a.producer.id",
    "use { a = rille.external { pipeline = 'q', artifact = 'make::v' } }")
  project:write("q.lua", HEAD
    .. "return rille.pipeline 'q' { params = { k = 1, note = 'a' }, define = function(p) make { k = p.k, note = "
      .. "p.note } end }")
  check.eq(project:rille("run q.lua").code, 0)
  check.eq({ run(project) }, { "completed", "1 a q::make::v v1 make" })
  check.eq({ run(project) }, { "cached", "1 a q::make::v v1 make" })
  check.eq(project:rille("run q.lua --set k=2 --set note=b").code, 0)
  check.eq({ run(project) }, { "completed", "2 b q::make::v v2 make" })
end)

check.test("a pipeline's input may be one", function()
  local project <close> = scratch.new()
  project:write("main.lua", HEAD .. [[
local use = rille.step 'use' { inputs = { t.artifact 'a' }, outputs = { t.string 'text' }, run = function(a) return a.type .. a:load() end }
local p = rille.pipeline 'p' { inputs = { t.artifact "given" }, define = function(_, inputs) use(inputs.given) end }
local q = rille.pipeline 'q' { define = function() make { k = 9 } end }
if rille.main() then
  print(p:run { inputs = { given = 4 } }.steps.use.output:load())
  q:run {}
  print(p:run { inputs = { given = rille.artifact "q::make::v" } }.steps.use.output:load())
end
return p]])
  local r = project:rille "main.lua -q"
  check.eq(r.out, "integer4\ninteger9\n", r.err)
end)

check.test("the process of a library hands them over, too", function()
  local project <close> = project_of("return a:load() .. ' v' .. a.version", "use(make { k = p.k })")
  local r = project:sh(scratch.quoted(B .. "/tracer") .. " .rille main.lua p")
  check.eq(r.code, 0, r.err)
  check.eq({ run(project) }, { "cached", "1 v1" })
end)

check.test("a list of artifacts is no input of a pipeline", function()
  local project <close> = scratch.new()
  project:write("main.lua",
    "local rille = require 'rille'\nrille.pipeline 'p' { inputs = { rille.types.list(rille.types.artifact) 'l' "
      .. "}, define = function() end }")
  check.has(project:rille("main.lua").err,
    'main.lua:2: pipeline "p": input "l": a pipeline takes artifacts one at a time')
end)

for what, one in pairs {
  ["an output"] = { "outputs = { t.artifact 'o' }, run = function() end",
    'step "s": output "o": t.artifact is only for inputs' },
  ["a parameter"] = { "params = { a = t.artifact }, run = function() end",
    'step "s": parameter "a": t.artifact is only for inputs' },
  ["one of several types"] = { "inputs = { t.any_of { t.artifact, t.number } 'a' }, run = function() end",
    'input "a": an input takes t.artifact or t.list(t.artifact), not any_of(artifact,number)' },
  ["an input of a program"] = { "inputs = { t.artifact 'a' }, command = { 'true' }",
    'input "a": a program takes values, not artifacts' },
} do
  check.test("t.artifact is refused as " .. what, function()
    local project <close> = scratch.new()
    project:write("main.lua", "local rille = require 'rille'\nlocal t = rille.types\nrille.step 's' { " .. one[1]
      .. " }\n")
    local r = project:rille "main.lua"
    check.eq(r.code, 3)
    check.has(r.err, "main.lua:3: ")
    check.has(r.err, one[2])
  end)
end

check.done()

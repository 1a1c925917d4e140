-- captured_history_test: artifacts, runs and steps of runs that a step captures:
-- what it reads of them counts, and nothing else does.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local json = require "rille.json"
local scratch = require "scratch"

-- A project with two runs of q, whose step makes q::make::n, and a script, captured.lua,
-- whose step reads EXPRESSION of what it captured.
local function project_with(expression, top)
  local project = scratch.new()
  project:write("make.lua", [[
local rille = require "rille"
local make = rille.step "make" { cache = false, outputs = { rille.types.integer "n" }, run = function()
  rille.context():log_artifact_metadata { rows = 3 }
  return 1
end }
return rille.pipeline "q" { define = function() make {} end }
]])
  project:write("captured.lua", string.format([[
local rille = require "rille"
local a = rille.artifact "q::make::n"
local run = rille.pipelines.q.runs[1]
%s
local work = rille.step "work" { outputs = { rille.types.any "out" }, run = function() return %s end }
return rille.pipeline "p" { define = function() work {} end }
]], top or "", expression))
  check.eq(project:rille("-q run make.lua").code, 0)
  return project
end

local function value(project, options)
  local run = project:rille("run captured.lua " .. (options or ""))
  check.eq(run.code, 0, run.err)
  local out = project:rille "artifact get p::work::out".out
  return (out:gsub("\n$", "")), run.err:find "1 step, cached" ~= nil, run.err
end

local function tag(project, what, name) check.eq(project:rille("artifact tag " .. what .. " " .. name).code, 0) end

check.test("tags that a step reads: cached while they are the same", function()
  for _, top in ipairs { "", "print(#a.tags)" } do
    local project <close> = project_with("table.concat(a.tags, ',')", top)
    local out, cached = value(project)
    check.eq({ out, cached }, { "", false })
    out, cached = value(project)
    check.eq({ out, cached }, { "", true })
    tag(project, "p::work::out@1", "other")
    check.eq(select(2, value(project)), true)
    tag(project, "q::make::n@1", "best")
    out, cached = value(project)
    check.eq({ out, cached }, { "best", false })
    check.eq(select(2, value(project)), true)
  end
end)

check.test("its metadata likewise, what is the artifact's own for ever", function()
  for _, expression in ipairs { "a.metadata.rows", "a.digest", "a.size", "a.version", "a.name", "a.type" } do
    local project <close> = project_with(expression)
    local out, cached, err = value(project)
    check.eq(cached, false)
    local again, hit = value(project)
    check.eq({ again, hit }, { out, true }, expression .. ": " .. err)
    tag(project, "q::make::n@1", "best")
    check.eq(select(2, value(project)), true, expression)
  end
end)

check.test("who made it, its versions, and what runs and steps came to are not for a cached step", function()
  for _, expression in ipairs { "a.producer ~= nil", "#a.versions", "run.status", "#run.steps" } do
    local project <close> = project_with(expression)
    local _, _, err = value(project)
    check.has(err, "not cached: it uses")
    check.eq(select(2, value(project)), false, expression)
  end
end)

check.test("a captured run counts by its identity, whatever was read of it above the step", function()
  local project <close> = project_with("run.id")
  value(project)
  project:write("captured.lua",
    (project:read("captured.lua"):gsub("local work", "assert(run.status and #run.steps == 1 and a.producer)\n%0")))
  check.eq(select(2, value(project)), true)
end)

check.test("rille.pipelines itself is in the key by the name that it had in the first stores", function()
  local project <close> = scratch.new()
  project:write("main.lua", [[
local rille = require "rille"
local all = rille.pipelines
local s = rille.step "s" { outputs = { rille.types.any "x" }, run = function() return all ~= nil and 1 end }
return rille.pipeline "p" { define = function() s() end }
]])
  check.eq(project:rille("-q run main.lua --name one").code, 0)
  local step = json.decode(project:rille("show one --json").out).steps[1]
  check.eq(step.key, "e0cc6fa6167226d695f47f72d78c0568ea70938616674248d73af17004e68b86")
end)

check.test("lists of history that a step captures count by what they are of; links of versions are impure", function()
  local p <close> = scratch.script [[
    local seed = step "seed" { outputs = { t.integer "n" }, run = function() return 1 end }
    return pipeline "main" { model = rille.model "m" {}, define = function() seed() end }]]
  p:ok "run main.lua -q"
  p:write("use.lua", scratch.HEAD .. [[
    local lists = { rille.models.m.versions, rille.models.m.versions[1].artifacts, rille.pipelines.main.runs }
    local kinds = step "kinds" { outputs = { t.string "s" }, run = function() return type(lists) end }
    local names = step "names" { outputs = { t.string "s" }, run = function()
      local list = {}
      for name in lists[2]:each() do list[#list + 1] = name end
      return table.concat(list, " ")
    end }
    return pipeline "use" { define = function() kinds() names() end }]])
  p:ok "run use.lua -q"
  local _, err = p:ok "run use.lua"
  check.eq(p:statuses "use", "kinds=cached names=completed")
  check.has(err, "names: not cached: it uses model version.artifacts at use.lua:7;")
  p:ok [[-q -e 'local rille = require "rille"
    rille.models.m.versions[1]:link(rille.artifact "main::seed::n", { name = "again" })']]
  p:ok "run use.lua -q"
  check.eq((p:ok "artifact get use::names::s"), "again main::seed::n")
end)

check.done()

-- meta_failures_test.lua -- the engine uses the metadata through its interface alone (host/meta/interface.lua): a run
-- with decorated metadata is the same run, and each call that fails is a clean error after which the next run is right.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local decorator = require "meta_decorator"
local paths = require "paths"
local scratch = require "scratch"

-- Values in the database and in the store, a map, a name that a port gives with a tag, an input from an
-- earlier run, and a step that reads the history.
local SCRIPT <const> = [[
local rille = require "rille"
local array = require "rille.array"
local step, pipeline, t = rille.step, rille.pipeline, rille.types
local make = step "make" { outputs = { t.list(t.integer) "ns", t.array "numbers" { name = "own", tags = { "best" } } },
  run = function(_, ctx)
    ctx:log_metric { size = 3 }
    return { 1, 2, 3 }, array.arange(20000)
  end }
local double = step "double" { inputs = { t.integer "n" }, outputs = { t.integer "twice" }, run = function(n) return 2 * n end }
local use = step "use" { inputs = { t.list(t.integer) "all", t.array "numbers" }, outputs = { t.integer "n" },
  run = function(all, numbers, _, ctx)
    ctx:promote(ctx.model, "staging")
    return #all + #numbers
  end }
local past = step "past" { cache = false, outputs = { t.string "name" }, run = function()
  local runs = rille.pipelines.p.runs
  local made = rille.artifact "p::use::n"
  return runs[1].name .. " " .. made:load() .. " " .. #made.tags
end }
return pipeline "p" { model = rille.model "m" { tags = { "t" } }, define = function()
  local made = make()
  local n = use(double:map { n = made.ns }.twice, made.numbers)
  past:with { after = n } {}
end }
]]

local HEAD <const> = string.format([[
package.path = %q .. package.path
require("meta_decorator").install()
]], paths.root .. "/tests/lib/?.lua;")

local function project_with(script)
  local project = scratch.new()
  project:write("main.lua", script)
  return project
end

local function number(project) return project:rille("artifact get p::use::n").out end

-- The newest versions with their digests.
local function digests(project)
  local lines, text = {}, project:rille("artifact list --json").out
  for digest, name in text:gmatch '"digest":"(%x+)".-"name":"([^"]+)"' do
    if not name:find "past" then lines[#lines + 1] = name .. " " .. digest end
  end
  check.ok(#lines >= 3, "no digests were found")
  return lines
end

-- The versions of the model, each with its stage.
local function versions(project)
  local list = {}
  for i, one in ipairs(project:json("model version list m").items) do list[i] = one.number .. " " .. one.stage end
  return table.concat(list, ", ")
end

local function counts_of(project)
  local counts = {}
  for name, n in (project:read "counts" or ""):gmatch "(%g+) (%d+)" do counts[name] = tonumber(n) end
  return counts
end

-- Runs it with a call that fails, and looks at what is left.
local function fails(plain, project, call, jobs)
  local r = project:sh(string.format('META_FAILS=%s "$RILLE" run main.lua%s', call, jobs))
  local said = call .. "\n" .. r.out .. r.err
  check.ok(not said:find "internal error" and not said:find "stack traceback", said)
  if r.code ~= 0 then check.has(said, decorator.MESSAGE) end
  local sound = project:rille "fsck"
  check.eq(sound.code, 0, said .. sound.out .. sound.err)
  local again = project:rille("run main.lua" .. jobs)
  check.eq(again.code, 0, said .. again.err)
  check.eq(number(project), number(plain), said)
  check.eq(digests(project), digests(plain), said)
  check.eq(versions(project), "1 staging", said)
  sound = project:rille "fsck"
  check.eq(sound.code, 0, said .. sound.out .. sound.err)
  check.eq(project:sh("ls .rille/runs | grep -v flight").out, "", said)
end

for _, jobs in ipairs { "", " -j 2" } do
  local how = jobs == "" and "" or " with workers"
  local plain <close> = project_with(SCRIPT)
  local decorated <close> = project_with(HEAD .. SCRIPT)
  local ran = plain:rille("run main.lua" .. jobs)
  local r = decorated:sh("META_COUNTS=counts \"$RILLE\" run main.lua" .. jobs)
  local first <const> = counts_of(decorated)
  local again = decorated:sh("META_COUNTS=counts \"$RILLE\" run main.lua" .. jobs)
  local second <const> = counts_of(decorated)

  check.test("a run through decorated metadata gives the same" .. how, function()
    check.eq(ran.code, 0, ran.err)
    check.eq(r.code, 0, r.err)
    check.ok((first.commit or 0) > 0 and first.begin_run == 1, "the metadata was not decorated")
    check.eq(number(decorated), number(plain))
    check.eq(digests(decorated), digests(plain))
    check.has(again.err, "5 cached")
    check.ok((second.cache_get or 0) > 0, "the cache was not decorated")
  end)

  local names = {}
  for name in pairs(first) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    check.test("a " .. name .. " that fails is a clean error, and the next run is right" .. how, function()
      for n = 1, math.min(first[name], 3) do
        local project <close> = project_with(HEAD .. SCRIPT)
        fails(plain, project, name .. ":" .. n, jobs)
      end
    end)
  end

  check.test("a commit that came through, and was told to have failed, is a clean error" .. how, function()
    for _, name in ipairs { "begin_run", "commit" } do
      for n = 1, math.min(first[name], 3) do
        local project <close> = project_with(HEAD .. SCRIPT)
        fails(plain, project, name .. ":" .. n .. ":after", jobs)
      end
    end
  end)

  check.test("a call that fails where all is cached is a clean error" .. how, function()
    for name in pairs(second) do
      local project <close> = project_with(HEAD .. SCRIPT)
      check.eq(project:rille("run main.lua" .. jobs).code, 0)
      fails(plain, project, name .. ":1", jobs)
    end
  end)
end

check.done()

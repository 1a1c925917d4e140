-- The cache never crosses artifact stores, and what a store has can be read from every stack.
package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local scratch = require "scratch"

-- Small values, which are kept in the metadata, large ones, which are files, and random ones.
local STEPS <const> = [[
local array = require "rille.array"
local small = step "small" { outputs = { t.integer "n" }, run = function() return 7 end }
local large = step "large" { inputs = { t.integer "n" }, outputs = { t.matrix "m", t.string "text" },
  run = function(n) return array.arange(40000):reshape { 200, 200 }, ("word "):rep(1000 * n) end }
local drawn = step "drawn" { outputs = { t.number "x" }, run = function() return math.random() end }
local sum = step "sum" { inputs = { t.matrix "m", t.number "x" }, outputs = { t.number "total" },
  run = function(m, x) return m:sum() + x end }
return pipeline "main" { define = function()
  local l = large { n = small() }
  sum { m = l.m, x = drawn() }
end }
]]

local CONFIG <const> = [[
format: 1
components:
  artifact_store:
    elsewhere: { flavor: local, options: { path: other } }
    through: { flavor: read-through, options: { shared: shared, publish: true } }
    reader: { flavor: read-through, options: { shared: shared, path: cache } }
stacks:
  other: { artifact_store: elsewhere }
  both: { artifact_store: through }
  reading: { artifact_store: reader }
]]

local function project(text)
  local p = scratch.script(text or STEPS)
  assert(os.execute("mkdir " .. p:path ".rille"))
  p:write(".rille/config.yaml", CONFIG)
  return p
end

local RAN <const> = "small=completed large=completed drawn=completed sum=completed"
local CACHED <const> = "small=cached large=cached drawn=cached sum=cached"

-- How many files are below a folder of the project.
local function files(p, folder)
  local out = p:sh("find " .. folder .. "/objects -type f 2>/dev/null | wc -l").out
  return tonumber(out)
end

local function outputs(p)
  local list = {}
  for id, step in pairs((p:newest())) do
    for name, out in pairs(step.outputs) do list[#list + 1] = id .. "." .. name .. "=" .. out.digest end
  end
  table.sort(list)
  return list
end

check.test("a result of another artifact store is no hit, and both keep their own", function()
  local p <close> = project()
  p:ok "run main.lua"
  check.eq({ p:statuses(), files(p, "other") }, { RAN, 0 })
  local first, n = outputs(p), files(p, ".rille")
  local _, err = p:ok "run main.lua --stack other"
  check.ok(err:find("last result is in another artifact store", 1, true), err)
  check.eq({ p:statuses(), files(p, "other"), files(p, ".rille") }, { RAN, n, n })
  check.eq(outputs(p), first, "the same bytes, random ones too")
  p:ok "run main.lua --stack other -j 1"
  check.eq(p:statuses(), CACHED)
  p:ok "run main.lua --stack default"
  check.eq(p:statuses(), CACHED)
  check.ok(p:ok("plan main.lua --stack both"):find "another artifact store")
end)

check.test("a step with cache = always, a command and an item of a map keep to their store, too", function()
  local p <close> = project [[
local list = step "list" { outputs = { t.list(t.integer) "items" }, cache = "always",
  run = function() os.execute "true" return { 1, 2 } end }
local item = step "item" { inputs = { t.integer "n" }, outputs = { t.integer "n2" }, run = function(n) return n * 2 end }
local shell = step "shell" { command = "echo 3 > {outputs.n}", outputs = { t.integer "n" } }
return pipeline "main" { define = function() item:map { n = list() } shell() end }
]]
  for _, name in ipairs { "default", "other", "both" } do
    local _, err = p:ok("run main.lua --stack " .. name)
    check.ok(err:find "4 ran", name .. ": " .. err)
    _, err = p:ok("run main.lua --stack " .. name)
    check.ok(err:find "cached", name .. ": " .. err)
  end
end)

check.test("what a store has is read by every command and from every stack", function()
  local p <close> = project()
  p:ok "run main.lua --stack other"
  check.eq(#p:ok "artifact get main::large::text", 35000)
  local show = p:json "show main::large::m"
  check.ok(show.uri:find("^file://.*/other/objects/"), show.uri)
  check.ok(io.open(show.uri:sub(8), "rb"))
  p:ok "verify main@-1"
  p:ok "fsck"
  p:write("use.lua", scratch.HEAD .. [[
local size = step "size" { inputs = { t.string "text" }, outputs = { t.integer "n" }, run = function(s) return #s end }
return pipeline "use" { define = function() size { text = rille.external { pipeline = "main", artifact = "large::text" } } end }
]])
  p:ok "run use.lua"
  check.eq((p:ok "artifact get use::size::n"), "35000")
  p:write("read.lua", 'local rille = require "rille"\nprint(#rille.artifact("main::large::text"):load())\n')
  check.eq((p:ok "read.lua"), "35000\n")
end)

check.test("an object that is damaged or missing in the store is made again", function()
  local p <close> = project()
  p:ok "run main.lua --stack other"
  assert(os.execute("chmod -R u+w " .. p:path "other" .. " && rm -r " .. p:path "other/objects"))
  p:ok("fsck", 5)
  p:ok "run main.lua --stack other"
  check.eq(p:statuses(), "small=cached large=completed drawn=cached sum=cached")
  p:ok "fsck"
end)

check.test("read-through writes to both folders and reads from the shared one what the local one lacks", function()
  local p <close> = project()
  p:ok "run main.lua --stack both"
  local n = files(p, "shared")
  check.eq({ n > 1, files(p, ".rille") }, { true, n })
  assert(os.execute("chmod -R u+w " .. p:path ".rille/objects" .. " && rm -r " .. p:path ".rille/objects"))
  p:ok "run main.lua --stack both"
  check.eq(p:statuses(), CACHED)
  p:edit("m:sum() + x", "m:sum() - x")
  p:ok "run main.lua --stack both"
  check.eq(p:statuses(), "small=cached large=cached drawn=cached sum=completed")
  check.ok(files(p, ".rille") >= 1, "what was read is kept here")
end)

check.test("a reader of a shared folder writes to its own alone", function()
  local p <close> = project()
  local _, err = p:ok("run main.lua --stack reading", 3)
  check.ok(err:find('artifact store "reader" cannot be opened: there is no folder [^\n]*/shared; create it, or set '
    .. "publish=true"), err)
  check.eq(#p:json("runs").items, 0)
  assert(os.execute("mkdir " .. p:path "shared"))
  p:ok "run main.lua --stack reading"
  check.eq({ files(p, "shared"), files(p, "cache") > 0 }, { 0, true })
end)

check.test("two processes with different stores and one key both make their result", function()
  local slow = STEPS:gsub("return 7 end", 'os.execute "sleep 0.5" return 7 end, cache = "always"')
  local p <close> = project(slow)
  local r = p:sh('"$RILLE" run main.lua -q --stack other & "$RILLE" run main.lua -q --stack default & wait')
  check.eq(r.err, "")
  for _, run in ipairs(p:json("runs").items) do
    check.eq({ run.status, run.counts.ran + run.counts.cached }, { "completed", 4 })
  end
  p:ok "fsck"
  p:ok "run main.lua --stack other"
  check.eq(p:statuses(), CACHED)
  p:ok "run main.lua --stack default"
  check.eq(p:statuses(), CACHED)
end)

check.test("kill -9 while a run writes to two folders leaves a store that works", function()
  local p <close> = project()
  for i = 1, 4 do
    p:sh(string.format('"$RILLE" run main.lua -q --no-cache --stack both & pid=$!; sleep 0.0%d; kill -9 $pid; wait', i))
  end
  p:ok "run main.lua --stack both"
  p:ok "fsck"
  p:ok "run main.lua --stack both"
  check.eq(p:statuses(), CACHED)
end)

-- The decorators of the tests as flavors: nothing of the engine knows them.
local COUNTING <const> = [[
package.path = "%s/?.lua;" .. package.path
local counts = { store = {}, meta = {} }
rille.flavor { kind = "artifact_store", name = "counting", open = function(_, env)
  return require("store_decorator").wrap(assert(require("rille.host.store").open(env.folder .. "/counted")),
    counts.store, function() return false end)
end }
rille.flavor { kind = "metadata_store", name = "counting", open = function(_, env)
  os.execute("mkdir -p '" .. env.folder .. "/db'")
  return require("meta_decorator").wrap(assert(require("rille.host.meta").open(env.folder .. "/db", env.how)),
    counts.meta, function() end)
end }
]]

check.test("an artifact store and a metadata store can be flavors of a script", function()
  local p <close> = project(COUNTING:format(paths.root .. "/tests/lib") .. STEPS)
  p:edit('return pipeline "main"', 'local main = pipeline "main"')
  p:write("main.lua", p:read "main.lua" .. [[
main:run {}
local run = rille.pipelines.main.runs[-1]
print((counts.store.sync or 0) > 0, counts.meta.begin_run, (counts.meta.commit or 1) > 0, run.number, run.steps.sum.status)
]])
  p:write(".rille/config.yaml", [[
format: 1
active: counted
components:
  artifact_store: { counting: { flavor: counting } }
  metadata_store: { counting: { flavor: counting } }
stacks:
  counted: { artifact_store: counting, metadata_store: counting }
]])
  check.eq((p:ok "main.lua -q"), "true\t1\ttrue\t1\tcompleted\n")
  local out, err = p:ok "main.lua -q"
  check.eq(out:match "%d+\t%l+\n$", "2\tcached\n")
  check.ok(not err:find "created", err)
  check.eq({ files(p, "counted") > 0, p:read ".rille/meta.db" }, { true, nil })
  p:write(".rille/config.yaml", p:read ".rille/config.yaml":gsub("metadata_store: counting }", "}")
    :gsub("active: counted\n", ""))
  p:ok "run main.lua --stack counted -q"
  local r = p:rille "artifact get main::large::text"
  check.eq(r.code, 5)
  check.has(r.err, 'its artifact store may be one that cannot be opened: artifact store "counting": there is no '
    .. 'artifact store flavor "counting"')
  p:write(".rille/config.yaml", p:read ".rille/config.yaml":gsub("artifact_store: counting, }",
    "metadata_store: counting }"):gsub("stacks:", "active: counted\nstacks:"))
  _, err = p:ok("runs", 3)
  check.ok(err:find('metadata store "counting": there is no metadata store flavor "counting"', 1, true), err)
end)

check.test("a place that comes from the environment is another store where it is another place", function()
  local p <close> = project()
  p:ok "artifact-store register env --flavor local --set 'path=${env:PLACE}'"
  p:ok "stack register env --artifact-store env"
  local _, err = p:ok("run main.lua --stack env", 3)
  check.has(err, 'artifact store "env": option path: the environment variable PLACE is not set')
  for i, place in ipairs { "one", "one", "two", "one" } do
    local r = p:sh('PLACE=' .. place .. ' "$RILLE" run main.lua -q --stack env')
    check.eq(r.code, 0, r.err)
    check.eq(p:statuses(), (i == 1 or i == 3) and RAN or CACHED, i)
  end
  check.eq({ files(p, "one"), files(p, "two") }, { files(p, "two"), files(p, "one") })
end)

check.test("an orchestrator can be a flavor of a script", function()
  local p <close> = project([[
rille.flavor { kind = "orchestrator", name = "mine", open = function(_, env)
  return { runner = function(_, env, jobs)
    print("jobs", jobs)
    return require("rille.execute.runner").inline(env)
  end }
end }
]] .. STEPS)
  p:write(".rille/config.yaml", "format: 1\nactive: m\ncomponents: { orchestrator: { mine: { flavor: mine } } }\n"
    .. "stacks: { m: { orchestrator: mine } }\n")
  check.eq((p:ok "run main.lua -q -j 3"), "jobs\t3\n")
  check.eq(p:statuses(), RAN)
  p:ok "run main.lua -q"
  check.eq(p:statuses(), CACHED)
end)

check.done()

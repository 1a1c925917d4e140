-- openlineage_test: runs as events of OpenLineage, in a file and sent to a service.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local git_project = require "git_project"
local http_server = require "http_server"
local json = require "rille.json"
local paths = require "paths"
local scratch = require "scratch"

local MAIN <const> = scratch.HEAD .. [[
local csv = require "rille.csv"
local load = step "load" { doc = "Loads the data.", outputs = { t.frame "f" },
  run = function() return csv.read "data.csv" end }
local count = step "count" { inputs = { t.frame "f", t.file "x" }, params = { fail = false, wait = false },
  outputs = { t.integer "n" }, run = function(f, _, p)
    if p.fail then error "boom" end
    if p.wait then os.execute "touch begun; sleep 5" end
    return f.n_rows
  end }
local last = step "last" { inputs = { t.integer "n" }, outputs = { t.integer "m" }, run = function(n) return n end }
return pipeline "main" { params = { fail = false, wait = false }, doc = "Counts rows.", define = function(p)
  last { n = count { f = load(), x = rille.file "x.txt", fail = p.fail, wait = p.wait } }
end }
]]

local FILES <const> = { ["main.lua"] = MAIN, ["data.csv"] = "a,b,c\n1,x,2026-01-01\n2,y,2026-01-02\n",
  ["x.txt"] = "x" }

local function project()
  local p = scratch.new()
  for name, text in pairs(FILES) do p:write(name, text) end
  return p
end

local function events(p)
  local list = {}
  for line in (p:read "events.jsonl" or ""):gmatch "[^\n]+" do list[#list + 1] = json.decode(line) end
  return list
end

-- What happened, in words: "START main", "COMPLETE main.load <- data.csv -> main::load::f".
local function told(p)
  local lines = {}
  for i, event in ipairs(events(p)) do
    local words = { event.eventType, event.job.name }
    for _, one in ipairs(event.inputs) do words[#words + 1] = "<- " .. one.name:gsub("^/.*/", "") end
    for _, one in ipairs(event.outputs) do words[#words + 1] = "-> " .. one.name end
    lines[i] = table.concat(words, " ")
  end
  return lines
end

local function python()
  for _, program in ipairs { "python3", "/usr/bin/python3" } do
    if os.execute(program .. " -c 'import jsonschema' >/dev/null 2>&1") then return program end
  end
end

-- Every event is valid by the published rules, and each run begins and ends once.
local function check_rules(p)
  local program = python()
  if not program then check.cannot "python3-jsonschema is not installed" end
  local r = p:sh(string.format("%s %s/tests/lib/openlineage_check.py %s/tests/lib/openlineage_rules.json events.jsonl",
    program, paths.root, paths.root))
  check.eq(r.out .. r.err, "")
end

local COMPLETE <const> = {
  "START main",
  "START main.load", "COMPLETE main.load <- data.csv -> main::load::f",
  "START main.count <- main::load::f <- x.txt",
  "COMPLETE main.count <- main::load::f <- x.txt -> main::count::n",
  "START main.last <- main::count::n", "COMPLETE main.last <- main::count::n -> main::last::m",
  "COMPLETE main <- data.csv <- x.txt -> main::load::f -> main::count::n -> main::last::m",
}

check.test("a run and its steps begin and complete, with what they took and made", function()
  local p <close> = project()
  p:ok "run main.lua -q --openlineage events.jsonl"
  check.eq(told(p), COMPLETE)
  local list = events(p)
  local load, count = list[3], list[5]
  check.eq(load.run.facets.parent.run.runId, list[1].run.runId)
  check.eq(load.run.runId, list[2].run.runId)
  local fields = load.outputs[1].facets.schema.fields
  check.eq({ fields[1], fields[2], fields[3] },
    { { name = "a", type = "number" }, { name = "b", type = "string" }, { name = "c", type = "date" } })
  check.eq(load.job.facets.documentation.description, "Loads the data.")
  check.eq(load.inputs[1].namespace, "file")
  check.eq(load.inputs[1].name, p:sh "pwd -P".out:gsub("\n", "") .. "/data.csv")
  local sum = p:sh "sha256sum data.csv".out:match "^%x+"
  check.eq(load.inputs[1].facets.version.datasetVersion, sum)
  -- the same dataset at both ends of a wire
  check.eq(count.inputs[1].name, load.outputs[1].name)
  check.eq(count.inputs[1].namespace, load.outputs[1].namespace)
  check.eq(count.inputs[1].facets.version, load.outputs[1].facets.version)
end)

check.test("cached steps have their events too, and say that they are cached", function()
  local p <close> = project()
  p:ok "run main.lua -q --name first"
  p:ok "run main.lua -q --openlineage events.jsonl"
  check.eq(#events(p), 8)
  local again = told(p)
  -- what a cached step read is known when it is begun
  check.eq(again[2], "START main.load <- data.csv")
  again[2] = "START main.load"
  check.eq(again, COMPLETE)
  for _, event in ipairs(events(p)) do
    local facet = event.run.facets.rille_step
    if facet and event.eventType == "COMPLETE" then check.eq({ facet.cached, facet.cachedFrom }, { true, "first" }) end
  end
  p:ok "run main.lua -q --openlineage events.jsonl"
  check.eq(#events(p), 16)
  check_rules(p)
end)

check.test("a failed run fails with the message, and what was skipped has no events", function()
  local p <close> = project()
  p:ok("run main.lua -q --set fail=true --openlineage events.jsonl", 1)
  check.eq(told(p), { "START main", "START main.load", "COMPLETE main.load <- data.csv -> main::load::f",
    "START main.count <- main::load::f <- x.txt", "FAIL main.count <- main::load::f <- x.txt",
    "FAIL main <- data.csv <- x.txt -> main::load::f" })
  local list = events(p)
  check.has(list[5].run.facets.errorMessage.message, "main.lua:8: boom")
  check.has(list[6].run.facets.errorMessage.message, "step count: main.lua:8: boom")
  check_rules(p)
end)

check.test("a run that is stopped is an ABORT", function()
  local p <close> = project()
  p:sh [["$RILLE" run main.lua -q --set wait=true --openlineage events.jsonl & pid=$!
    for i in $(seq 200); do [ -e begun ] && break; sleep 0.05; done; kill -TERM $pid; wait $pid]]
  local list = told(p)
  check.has(list[#list], "ABORT main")
  check.has(list[#list - 1], "ABORT main.count")
  check_rules(p)
end)

check.test("the commit and the remote are in the code location of each job", function()
  if not git_project.is_there() then check.cannot "git is not installed" end
  local p <close> = git_project.new(FILES)
  p:git "remote add origin git@host.example:team/data.git"
  local sha = p:commit()
  p:ok "run main.lua -q --openlineage events.jsonl"
  for _, event in ipairs(events(p)) do
    local location = event.job.facets.sourceCodeLocation
    check.eq({ location.type, location.url, location.version },
      { "git", "ssh://git@host.example/team/data.git", sha })
  end
  local list = events(p)
  check.eq(list[#list].run.facets.rille_code.dirty, false)
  check_rules(p)
end)

check.test("the option of pipeline:run writes the same, beside the script", function()
  local p <close> = project()
  p:edit('return pipeline "main"', 'local main = pipeline "main"')
  p:write("main.lua", p:read "main.lua" .. '\nmain:run { openlineage = "events.jsonl" }\n')
  p:sh "mkdir other"
  check.eq(p:sh "cd other && $RILLE -q ../main.lua".code, 0)
  check.eq(told(p), COMPLETE)
  check.has(p:rille "-e 'require \"rille\".pipeline \"x\" { define = function() end }:run { openlineage = 7 }'".err,
    "openlineage must be a string")
end)

check.test("maps, conditions, commands and artifacts from outside keep to their wires", function()
  local p <close> = scratch.script [[
local list = step "list" { outputs = { t.list(t.integer) "ns" }, run = function() return { 1, 2 } end }
local twice = step "twice" { inputs = { t.integer "n" }, outputs = { t.integer "m" },
  run = function(n) return 2 * n end }
local sum = step "sum" { inputs = { t.list(t.integer) "ms" }, outputs = { t.integer "s" { name = "the sum" } },
  run = function(ms) return #ms end }
local big = step "big" { inputs = { t.integer "s" }, outputs = { t.boolean "b" }, run = function(s) return s > 1 end }
local yes = step "yes" { outputs = { t.string "x" }, run = function() return "y" end }
local no = step "no" { outputs = { t.string "x" }, run = function() return "n" end }
local shout = step "shout" { inputs = { t.string "x" }, outputs = { t.string "y" },
  command = "tr a-z A-Z < {inputs.x} > {outputs.y}" }
local hist = step "hist" { inputs = { t.any "v" }, outputs = { t.string "z" }, run = function(v) return "" .. v end }
pipeline "other" { define = function() hist { v = rille.external { pipeline = "main", artifact = "yes::x" } } end }
return pipeline "main" { define = function()
  local b = big { s = sum { ms = twice:map { n = list() } } }
  shout { x = rille.when(b, { function() return yes() end, otherwise = function() return no() end }) }
end }
]]
  p:ok "run main.lua -q -j 1 --openlineage events.jsonl"
  p:ok "run main.lua other -q --openlineage events.jsonl"
  check_rules(p)
  local lines, versions = {}, {}
  for i, event in ipairs(events(p)) do
    if event.eventType == "COMPLETE" then lines[#lines + 1] = told(p)[i]:gsub("^COMPLETE ", "") end
    for _, ends in ipairs { event.inputs, event.outputs } do
      for _, one in ipairs(ends) do
        local version = one.facets.version.datasetVersion
        check.eq(versions[one.name] or version, version, one.name)
        versions[one.name] = version
      end
    end
  end
  table.sort(lines)
  check.eq(lines, {
    "main -> main::list::ns -> main::twice[1]::m -> main::twice[2]::m -> the sum -> main::big::b -> main::yes::x "
      .. "-> main::shout::y",
    "main.big <- the sum -> main::big::b", "main.list -> main::list::ns",
    "main.shout <- main::yes::x -> main::shout::y",
    "main.sum <- main::twice[1]::m <- main::twice[2]::m -> the sum",
    "main.twice[1] <- main::list::ns -> main::twice[1]::m", "main.twice[2] <- main::list::ns -> main::twice[2]::m",
    "main.yes -> main::yes::x", "other <- main::yes::x -> other::hist::z",
    "other.hist <- main::yes::x -> other::hist::z" })
end)

check.test("two runs at once append whole lines to one file", function()
  local p <close> = project()
  p:sh [[for i in 1 2 3 4; do "$RILLE" run main.lua -q --no-cache -j 4 --openlineage events.jsonl & done; wait]]
  check.eq(#events(p), 32)
  check_rules(p)
end)

check.test("a file that cannot be written is told before any step runs", function()
  local p <close> = project()
  local r = p:rille "run main.lua --openlineage none/events.jsonl"
  check.eq(r.code, 2)
  check.has(r.err, "rille: --openlineage none/events.jsonl: No such file or directory")
  check.eq(#p:json("runs").items, 0)
  r = p:rille "run main.lua --openlineage ftp://x/y"
  check.eq(r.code, 2)
  check.has(r.err, "ftp://x/y: expected a file, or an address that begins with http:// or https://")
  r = p:rille "run main.lua -q --openlineage /dev/full"
  check.eq(r.code, 0)
  check.eq(r.err, "rille: openlineage failed: /dev/full: No space left on device\n")
end)

check.test("- is no file", function()
  local p <close> = project()
  local _, err = p:ok("run main.lua --openlineage -", 2)
  check.has(err, "--openlineage -: give a file or an address; /dev/stdout is standard output")
  check.eq(p:read "-", nil)
end)

check.test("a service gets the events in order, at its place for them; with a key of the environment", function()
  if not http_server.available() then check.cannot "lua-socket is not installed" end
  local server <close> = http_server.start()
  local p <close> = project()
  local r = p:sh("OPENLINEAGE_API_KEY=s3cret OPENLINEAGE_NAMESPACE=mine $RILLE run main.lua -q --openlineage "
    .. server:url "/flaky/1")
  check.eq(r.code, 0, r.err)
  check.eq(r.err, "")
  local list = server:requests()
  check.eq(#list, 9)
  check.eq(list[1].body, list[2].body)
  check.eq(list[2].headers.authorization, "Bearer s3cret")
  check.eq(json.decode(list[9].body).eventType, "COMPLETE")
  check.eq(json.decode(list[9].body).job.namespace, "mine")
end)

check.test("a service that refuses, is down or slow does not fail the run, and one line says so", function()
  if not http_server.available() then check.cannot "lua-socket is not installed" end
  local server <close> = http_server.start()
  for path, text in pairs { ["/status/400"] = "/status/400 did not take an event: status 400",
    ["/status/500"] = "/status/500 did not take an event: status 500" } do
    local p <close> = project()
    local r = p:rille("run main.lua --openlineage " .. server:url(path))
    check.eq(r.code, 0, r.err)
    check.has(r.err, text)
    check.eq(select(2, r.err:gsub("openlineage failed", "")), 1)
    check.eq(p:json("show").status, "completed")
  end
  local p <close> = project()
  local r = p:rille "run main.lua --openlineage http://me:secret@127.0.0.1:1/x?key=secret"
  check.eq(r.code, 0)
  check.has(r.err, "http://127.0.0.1:1/x did not take an event: ")
  check.ok(not r.err:find "secret", r.err)
end)

check.test("a run that is asked to stop while it waits for a slow service waits no longer than 2 s more", function()
  if not http_server.available() then check.cannot "lua-socket is not installed" end
  local server <close> = http_server.start()
  local p <close> = project()
  local r = p:sh(string.format([["$RILLE" run main.lua --openlineage %s & pid=$!
    for i in $(seq 200); do grep -q completed ../$(basename "$PWD").err && break; sleep 0.05; done
    kill -TERM $pid; date +%%s.%%N; wait $pid; echo $?; date +%%s.%%N]], server:url "/slow/8"))
  local asked, code, ended = r.out:match "(%S+)\n(%d+)\n(%S+)"
  check.eq(code, "143", r.err)
  check.ok(ended - asked < 4, string.format("it took %.1f s: %s", ended - asked, r.err))
end)

check.done()

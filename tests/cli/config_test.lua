-- Runs that a YAML file sets, and rille config.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local two_steps = require "two_steps"

local function find(list, field, value)
  for _, one in ipairs(list) do if one[field] == value then return one end end
  error("there is none with " .. field .. " = " .. tostring(value), 2)
end

local project = two_steps.project

local YAML = [[
run_name: nightly-{n}
parameters: { n: 9 }
steps:
  twice: { parameters: { k: 4 } }
tags: [nightly]
extra: { owner: data }
]]

check.test("a run is set by a YAML file, below the command line and above the code", function()
  local p <close> = project()
  p:write("c.yaml", YAML)
  p:ok("run main.lua -q --config c.yaml")
  local run = p:json("show nightly-1")
  check.eq({ run.parameters, run.tags, run.extra }, { { n = 9 }, { "nightly" }, { owner = "data" } })
  check.eq({ run.steps[2].parameters, run.steps[3].parameters }, { { k = 4 }, { k = 1 } })
  p:ok("run main.lua -q --config c.yaml --set n=2 --set twice.k=6 --name mine --tag t")
  run = p:json("show mine")
  check.eq({ run.parameters, run.tags, run.steps[2].parameters }, { { n = 2 }, { "t" }, { k = 6 } })
end)

check.test(":run takes a file below the script's folder, and its own options are nearer", function()
  local p <close> = project()
  p:sh "mkdir sub"
  p:write("sub/c.yaml", YAML)
  p:write("sub/go.lua",
    'package.path = "../?.lua;" .. package.path\nlocal p = require "main"\nlocal run = p:run { config = '
      .. '"c.yaml", params = { n = 1 } }\nprint(run.name, run.parameters.n, run.steps.twice.parameters.k, '
      .. 'run.extra.owner)\np:run { config = "nix.yaml" }\n')
  p:write("sub/data.txt", "1")
  local r = p:rille "-q sub/go.lua"
  check.has(r.out, "\t1\t4\tdata\n")
  check.has(r.err, "sub/go.lua:5: run: config: there is no file ")
end)

check.test("a step that a file turns off runs every time", function()
  local p <close> = project()
  p:write("c.yaml", "steps: { make: { enable_cache: false } }")
  p:ok("run main.lua -q --config c.yaml")
  p:ok("run main.lua -q --config c.yaml --name b")
  check.eq({ p:json("show b").steps[1].status, p:json("show b").steps[2].status }, { "completed", "cached" })
  p:write("c.yaml", "enable_cache: false")
  p:ok("run main.lua -q --config c.yaml --name c")
  check.eq(p:json("show c").steps[2].status, "completed")
end)

check.test("config says of each value where it is from", function()
  local p <close> = project()
  p:write("c.yaml", YAML)
  local told = p:json("config main.lua --config c.yaml --set make.n=4 -j 3")
  local function from(name)
    local one = find(told.items, "name", name)
    return { one.value, one.source, one.at }
  end
  check.eq(from "n", { 9, "yaml", "c.yaml:2" })
  check.eq(from "make.n", { 4, "command line", nil })
  check.eq(from "twice.k", { 4, "yaml", "c.yaml:4" })
  check.eq(from "again.k", { 1, "default", "main.lua:18" })
  check.eq(from "jobs", { 3, "command line", nil })
  check.eq(from "run_name", { "nightly-{n}", "yaml", "c.yaml:1" })
  check.eq(from("cache")[2], "default")
  check.has(p:ok("config main.lua --config c.yaml"), "twice.k         4")
  check.has(p:ok("config main.lua --set n=5"), "make.n          5                       define, main.lua:22")
  check.eq(p:sh("ls .rille").code ~= 0, true, "config made a store")
end)

check.test("several --config are merged in order; config shows the place of each value, and of what it replaces",
  function()
  local p <close> = project()
  p:write("a.yaml", YAML)
  p:write("b.yaml", "parameters: { n: 8 }\nsteps:\n  again: { parameters: { k: 3 } }\ntags: [second]\n")
  local given = "--config a.yaml --config b.yaml"
  local told = p:json("config main.lua " .. given)
  local function from(name)
    local one = find(told.items, "name", name)
    return { one.value, one.source, one.at, one.over }
  end
  check.eq(from "n", { 8, "yaml", "b.yaml:1", { "a.yaml:2" } })
  check.eq({ from "twice.k", from "again.k" }, { { 4, "yaml", "a.yaml:4" }, { 3, "yaml", "b.yaml:3" } })
  check.eq(from "tags", { { "second" }, "yaml", "b.yaml:4", { "a.yaml:5" } })
  check.has(p:ok("config main.lua " .. given), "b.yaml:1, over a.yaml:2")
  p:ok("run main.lua -q " .. given)
  local run = p:json("show nightly-1")
  check.eq({ run.parameters, run.tags, run.extra }, { { n = 8 }, { "second" }, { owner = "data" } })
  check.eq({ run.steps[2].parameters, run.steps[3].parameters }, { { k = 4 }, { k = 3 } })
  p:write("go.lua", 'local p = require "main"\nlocal run = p:run { config = { "a.yaml", "b.yaml", '
    .. '{ run_name = "third" } } }\nprint(run.name, run.parameters.n)\n')
  check.eq(p:ok "-q go.lua", "third\t8\n")
end)

check.test("config takes the options of a run that set something", function()
  local p <close> = project()
  p:write("c.yaml", YAML)
  local function item(args, name)
    return find(p:json("config main.lua --config c.yaml " .. args).items, "name", name)
  end
  for args, expected in pairs {
    ["--name mine-{n}"] = { "run_name", "mine-{n}" }, ["--tag a --tag b"] = { "tags", { "a", "b" } },
    ["-k"] = { "execution_mode", "continue_on_failure" }, ["--fail-fast"] = { "execution_mode", "fail_fast" },
  } do
    local one = item(args, expected[1])
    check.eq({ one.value, one.source }, { expected[2], "command line" }, args)
  end
  check.eq(item("", "tags").source, "yaml")
  check.has(select(2, p:ok("config main.lua --name x-{m}", 3)), 'run_name: unknown field "{m}"; available: {n}, ')
  check.has(select(2, p:ok("config main.lua -k --fail-fast", 2)), "-k and --fail-fast exclude each other: give one")
end)

check.test("an option that takes one value is given once", function()
  local p <close> = project()
  local function refused(args) return select(2, p:ok(args, 2)) end
  check.eq(refused "run main.lua --name a --name b", "rille: run: --name is given twice, with a and b; give it once\n")
  check.has(refused "run main.lua -j 2 -j3", "-j is given twice, with 2 and 3")
  check.has(refused "runs --limit 3 --limit=4", "runs: --limit is given twice, with 3 and 4")
  check.has(refused "run main.lua --set n=1 --set n=2", "--set: n is set twice, to different values; set it once")
  check.has(refused "--store a runs --store b", "--store is given twice, with a and b")
  p:ok "run main.lua -q -q --name a --name a --set n=1 --set n=1"
end)

check.test("mistakes in the options of :run have the script's line", function()
  local p <close> = project()
  for options, message in pairs {
    ["config = { extra = { a = print } }"] =
      "go.lua:2: config: extra: its field a: a function cannot be stored as data",
    ["config = { model = { name = 'm', version = 9 } }"] = 'go.lua:2: there is no model "m"',
    ["config = { stack = 'nowhere' }"] = 'go.lua:2: there is no stack "nowhere"',
    ["openlineage = ''"] = 'go.lua:2: pipeline "main": run: openlineage must be a file or an address, found ""',
  } do
    p:write("go.lua", 'local p = require "main"\np:run { ' .. options .. " }\n")
    local r = p:rille "-q go.lua"
    check.eq(r.code, 3, options)
    check.has(r.err, "rille: " .. message)
  end
end)

check.test("a wrong option of a step is told with the id that the file has, not the name of the step", function()
  local p <close> = project()
  p:write("c.yaml", "steps:\n  again: { retries: -2 }\n")
  check.has(select(2, p:ok("config main.lua --config c.yaml", 3)),
    'rille: c.yaml:2:12: step "again": retries must be a number of attempts')
end)

check.test("a mistake in a file is told with its line and column, before anything runs", function()
  local p <close> = project()
  for text, message in pairs {
    ["parameters:\n  m: 1\n"] = 'rille: c.yaml:2:3: pipeline "main": unknown parameter "m"; available: n\n',
    ["steps:\n  twic: {}\n"] = 'rille: c.yaml:2:3: there is no step "twic"; did you mean "twice"?\n',
    ["tags: [\n"] =
      "rille: c.yaml:2:1: did not find expected node content; check the indentation, quotes and brackets\n",
    ["parameters: { n: ${env:RILLE_NIX} }\n"] = false,
  } do
    p:write("c.yaml", text)
    for _, command_line in ipairs { "run main.lua", "plan main.lua", "config main.lua" } do
      local r = p:rille(command_line .. " --config c.yaml")
      check.eq(r.code, 3, r.err)
      if message then check.eq(r.err, message) end
    end
  end
  local r = p:rille "run main.lua --config nix.yaml"
  check.eq(r.code, 2)
  check.has(r.err, "nix.yaml")
end)

check.done()

-- config_test.lua -- a run as a YAML file sets it: rille.config.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local config = require "rille.script.config"
local graph = require "rille.graph"
local pipelines = require "rille.script.pipeline"
local pipeline_graph = require "rille.script.pipeline_graph"
local rille = require "rille"
local global_options = require "rille.project.global_options"

local t = rille.types
local path = os.tmpname()

local train = rille.step "train" {
  params = { C = 1.0, kernel = t.enum { "rbf", "linear", default = "rbf" }, name = "x",
    tags = t.list(t.string) { default = {} }, any = t.any { default = 0 } },
  outputs = { t.number "acc" }, run = function(p) return p.C end,
}
local p = rille.pipeline "p" { params = { gamma = 0.1, n = t.integer { default = 1, max = 9 }, path = "" },
  define = function() train {} end }

local function applied(text, options)
  local f = assert(io.open(path, "wb"))
  f:write(text)
  f:close()
  options = options or {}
  options.config = config.read(path, "c.yaml")
  return config.applied(p, options)
end

local function node(text, options)
  local made = applied(text, options)
  local g = pipeline_graph.build(p, made.params, made.overrides, made.adjust)
  return g.by_id.train, made
end

local function params(text) return node(text)[graph.PARAMS] end
local function refused(text, message)
  check.eq(check.raises(function() return node(text) end), message)
end

check.test("an empty file sets nothing", function()
  check.eq(applied("").params, {})
  check.eq(applied("# a comment\n").cache, nil)
end)

check.test("the options of a run", function()
  local made = applied("run_name: a-{n}\nenable_cache: false\ntags: [a, 1]\nextra: { owner: me, n: 1 }\nsettings: "
    .. "{ jobs: 2, execution_mode: continue_on_failure }")
  check.eq({ made.run_name, made.cache, made.jobs, made.tags, made.extra },
    { "a-{n}", false, 2, { "a", "1" }, { owner = "me", n = 1 } })
  check.eq(made.keep_going or made.execution_mode == "continue_on_failure", true)
  check.eq(made.config, nil)
end)

check.test("parameters are read as their declared types", function()
  check.eq(applied("parameters: { gamma: 1, n: 0x3, path: 007 }").params, { gamma = 1.0, n = 3, path = "007" })
  local got = params "steps: { train: { parameters: { C: 2, kernel: linear, name: 0.10, tags: [1, b], any: 0.10 } } }"
  check.eq(got, { C = 2.0, kernel = "linear", name = "0.10", tags = { "1", "b" }, any = 0.1 })
end)

check.test("a null leaves what is there", function()
  check.eq(applied("run_name: null\nparameters: { gamma: ~, n: }").params, {})
  check.eq(params("steps: { train: { parameters: { C: null } } }").C, 1.0)
end)

check.test("what the call gives is nearer than the file", function()
  local made = applied("run_name: a\nparameters: { gamma: 1, n: 2 }\ntags: [a]",
    { run_name = "b", params = { gamma = 0.5 }, tags = { "b" } })
  check.eq({ made.run_name, made.params, made.tags }, { "b", { gamma = 0.5, n = 2 }, { "b" } })
  check.eq(made.origin.gamma, nil)
  check.eq(made.origin.n, { at = "c.yaml:2", position = "c.yaml:2:28" })
  local one = node("steps: { train: { parameters: { C: 2 } } }", { overrides = { ["train.C"] = "3" } })
  check.eq(one[graph.PARAMS].C, 3.0)
end)

check.test("-j on the command line is nearer than jobs", function()
  global_options.set { jobs = 4 }
  check.eq(applied("settings: { jobs: 2 }").jobs, nil)
  global_options.set { jobs = false }
end)

check.test("off anywhere is off, on overrides nothing", function()
  check.eq(applied("enable_cache: true", { cache = false }).cache, false)
  check.eq(applied("enable_cache: true").cache, nil)
  check.eq(node("steps: { train: { enable_cache: false } }")[graph.STEP].options.cache, false)
  check.eq(node("steps: { train: { enable_cache: true } }")[graph.STEP], train)
end)

check.test("variables are replaced, and then read as the type", function()
  local home = os.getenv "PATH"
  check.eq(applied('parameters: { path: "a ${env:PATH} b" }').params.path, "a " .. home .. " b")
  check.eq(applied("extra:\n  p: x${env:PATH}").extra.p, "x" .. home)
  refused('parameters: { gamma: "${env:PATH}" }', 'c.yaml:1:22: parameter "gamma": expected a number, found ' .. home)
  refused("parameters:\n  path: ${env:RILLE_NOT_SET}", "c.yaml:2:9: the environment variable RILLE_NOT_SET is not set")
  refused("parameters:\n  path: ${HOME}", "c.yaml:2:9: ${HOME}; only ${env:NAME} is replaced")
end)

check.test("mistakes have a line, a column and what was meant", function()
  refused("parameter: { n: 1 }", 'c.yaml:1:1: unknown key "parameter"; did you mean "parameters"?')
  refused("parameters:\n  gama: 1", 'c.yaml:2:3: pipeline "p": unknown parameter "gama"; did you mean "gamma"?')
  refused("parameters: { n: 1.5 }", 'c.yaml:1:18: parameter "n": expected an integer, found 1.5')
  refused('parameters: { n: "1" }', 'c.yaml:1:18: parameter "n": expected an integer, found "1"')
  refused("parameters: { n: 10 }", 'c.yaml:1:18: parameter "n": expected an integer of at most 9, found 10')
  refused("parameters: { n: [1] }", 'c.yaml:1:18: parameter "n": expected an integer, found a list')
  refused("tags: { a: 1 }", "c.yaml:1:7: tags: expected a list (keys 1 to n), found a map")
  refused("tags: [a, [b]]",
    "c.yaml:1:7: tags: expected a list of strings (element 2: expected a string, found a table)")
  refused("parameters: 5", "c.yaml:1:13: parameters is a map, as in { NAME: VALUE }")
  refused("parameters: [a]", "c.yaml:1:13: parameters is a map, as in { NAME: VALUE }")
  refused("- a", "c.yaml:1:1: the configuration is a map, as in { NAME: VALUE }")
  refused("steps: { trian: { enable_cache: false } }", 'c.yaml:1:10: there is no step "trian"; did you mean "train"?')
  refused("steps:\n  train:\n    parameters: { c: 1 }",
    'c.yaml:3:19: step "train": unknown parameter "c"; did you mean "C"?')
  refused("steps: { train: { parameters: { kernel: rbfx } } }",
    'c.yaml:1:41: step "train": parameter "kernel": expected one of "rbf", "linear" (did you mean "rbf"?), found rbfx')
  refused("steps: { train: { enable_cach: false } }",
    'c.yaml:1:19: unknown key "enable_cach"; did you mean "enable_cache"?')
  refused("enable_cache: yes", "c.yaml:1:15: enable_cache: expected a boolean, found yes")
  refused("settings: { jobs: 0 }", "c.yaml:1:19: jobs: expected an integer of at least 1, found 0")
  refused("settings: { job: 2 }", 'c.yaml:1:13: unknown key "job"; did you mean "jobs"?')
  refused("settings: { execution_mode: failfast }",
    "c.yaml:1:29: execution_mode: expected one of \"stop_on_failure\", \"fail_fast\", \"continue_on_failure\" "
      .. "(did you mean \"fail_fast\"?), found failfast")
  refused("tags: nightly", "c.yaml:1:7: tags: expected a list of strings, found nightly")
  refused("n: 1\nn: 2", "c.yaml:2:1: the key n is written twice in one map; remove one")
end)

check.test("what this version has not is refused, not ignored", function()
  for _, one in ipairs { { "model: { name: x }", "model", pipelines.run_fields.model },
    { "stack: other", "stack", pipelines.run_fields.stack },
    { "steps: { train: { timeout: 5 } }", "timeout", require("rille.script.step_options").NAMES.timeout } } do
    if not one[3] then check.has(check.raises(function() return node(one[1]) end), one[2]) end
  end
end)

check.test("keys of any spelling have their place", function()
  for _, key in ipairs { '"a b"', '"a\\"b"', '"é/ü"', '"a\\tb"', "w-1", '"1"', '""', "'it''s'", '"\\u2028 \\x7f"' } do
    check.has(check.raises(function() return node("steps:\n  " .. key .. ": {}") end), "c.yaml:2:3: there is no step ")
    check.eq(applied("extra: { " .. key .. ": \"${env:PATH}\" }").origin.extra.at, "c.yaml:1")
  end
  refused("steps: 5", "c.yaml:1:8: steps is a map, as in { NAME: VALUE }")
  refused("steps: { train: 5 }", "c.yaml:1:17: steps.train is a map, as in { NAME: VALUE }")
  refused("settings: [1]", "c.yaml:1:11: settings is a map, as in { NAME: VALUE }")
  refused("run_name: [1]", "c.yaml:1:11: run_name: expected a string, found a list")
  refused("extra: x", "c.yaml:1:8: extra is a map, as in { NAME: VALUE }")
end)

check.test("a file that is not there is an error of usage, or a mistake of :run", function()
  local ok, err = pcall(config.read, "/nowhere/c.yaml")
  check.eq(ok, false)
  check.has(err.usage, "--config: /nowhere/c.yaml: ")
  check.has(check.raises(function() config.applied(p, { config = "/nowhere/c.yaml" }) end),
    "run: config: there is no file /nowhere/c.yaml")
  check.has(check.raises(function() config.applied(p, { config = 5 }) end),
    "config: expected the path of a YAML file, a table, or a list of such, found 5")
end)

-- The options that texts of YAML and tables make together, the later over the earlier.
local function merged(list, options)
  local files, paths = {}, {}
  for n, one in ipairs(list) do
    files[n] = one
    if type(one) == "string" then
      paths[#paths + 1] = path .. n
      files[n] = paths[#paths]
      local f <close> = assert(io.open(files[n], "wb"))
      f:write(one)
    end
  end
  options = options or {}
  options.config = files
  local ok, made = pcall(config.applied, p, options)
  for _, one in ipairs(paths) do os.remove(one) end
  if not ok then error(made, 0) end
  local g = pipeline_graph.build(p, made.params, made.overrides, made.adjust)
  return made, g.by_id.train[graph.PARAMS], paths
end

check.test("several files are one: maps are merged, lists and values are replaced, null changes nothing", function()
  local made, train_params, paths = merged {
    "parameters: { gamma: 0.5, n: 2 }\ntags: [a, b]\nextra: { owner: x, deep: { p: 1, q: [1, 2] } }\n"
      .. "steps: { train: { parameters: { C: 2, name: one } } }\nsettings: { jobs: 2 }",
    "parameters:\n  n: 3\n  gamma: null\ntags: [c]\nextra: { deep: { q: [3], r: 1 } }",
    "steps:\n  train:\n    parameters: { C: 5 }\nsettings: { execution_mode: fail_fast }\n"
      .. "extra: { deep: { p: null } }" }
  check.eq(made.params, { gamma = 0.5, n = 3 })
  check.eq({ made.tags, made.jobs, made.execution_mode }, { { "c" }, 2, "fail_fast" })
  check.eq(made.extra, { owner = "x", deep = { p = 1, q = { 3 }, r = 1 } })
  check.eq({ train_params.C, train_params.name }, { 5.0, "one" })
  for _, origin in next, made.origin do origin.position = nil end
  check.eq(made.origin.gamma, { at = paths[1] .. ":1" })
  check.eq(made.origin.n, { at = paths[2] .. ":2", over = { paths[1] .. ":1" } })
  check.eq(made.origin.extra, { at = paths[3] .. ":5", with = { paths[2] .. ":5", paths[1] .. ":3" } })
  check.eq(made.origin["train.C"], { at = paths[3] .. ":3", over = { paths[1] .. ":4" } })
end)

check.test("a table takes the place of a file, alone and in a list", function()
  local made = config.applied(p, { config = { parameters = { gamma = 0.5, n = 2 }, tags = { "t" } } })
  check.eq({ made.params, made.tags }, { { gamma = 0.5, n = 2 }, { "t" } })
  check.has(made.origin.gamma.at, "config_test.lua:")
  local given = { steps = { train = { parameters = { tags = { "x" } } } } }
  local _, train_params = merged { "steps: { train: { parameters: { C: 2, tags: [a, b] } } }", given }
  check.eq({ train_params.C, train_params.tags }, { 2.0, { "x" } })
  check.eq(given, { steps = { train = { parameters = { tags = { "x" } } } } }, "what is given does not change")
  check.eq(merged({ { parameters = { n = 2 } } }, { params = { n = 4 } }).params, { n = 4 })
  check.eq(config.applied(p, { config = {} }).params, {})
end)

check.test("mistakes in tables and lists name the field, those in files their place in the right one", function()
  local function refused_by(given, message)
    check.has(check.raises(function() return config.applied(p, { config = given }) end), message)
  end
  refused_by({ parameters = { gama = 1 } }, 'config: parameters.gama: pipeline "p": unknown parameter "gama"; '
    .. 'did you mean "gamma"?')
  refused_by({ parameters = { n = "2" } }, 'config: parameters.n: parameter "n": expected')
  refused_by({ paramters = {} }, 'config: paramters: unknown key "paramters"; did you mean "parameters"?')
  refused_by({ parameters = 5 }, "config: parameters: parameters is a map")
  refused_by({ { tags = { "a" } }, { tags = "b" } }, "config: tags: expected")
  refused_by({ { tags = { "a" } }, extra = {} }, 'a list of files has no field "extra"')
  refused_by({ 7 }, "expected the path of a YAML file, a table, or a list of such, found 7")
  local made = { pcall(merged, { "parameters: { n: 1 }", "parameters:\n  m: 2" }) }
  check.has(made[2], path .. '2:2:3: pipeline "p": unknown parameter "m"')
  made = { pcall(merged, { "parameters: { n: 1 }", "- a" }) }
  check.has(made[2], path .. "2:1:1: the configuration is a map")
end)

os.remove(path)
check.done()

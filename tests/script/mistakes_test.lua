-- Every mistake that a script can make is told in one line at the script's own
-- file and line, before any step runs.
--
-- A case is a script in which the mistake is on the line that ends in --!, and
-- the whole of what rille says of it.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local HEAD = [[
local rille = require "rille"
local step, pipeline, t = rille.step, rille.pipeline, rille.types
]]

-- Steps that many cases need: source gives a number, four gives four outputs,
-- train takes one input and two parameters.
local STEPS = [[
local source = step "source" { outputs = { t.number "x" }, run = function() return 1 end }
local words = step "words" { outputs = { t.string "text" }, run = function() return "a" end }
local four = step "four" { outputs = { t.number "a", t.number "b", t.number "c", t.number "d" }, run = function() return 1, 2, 3, 4 end }
local silent = step "silent" { run = function() end }
local train = step "train" {
  inputs = { t.number "x" },
  params = { gamma = t.number { default = 0.5, min = 0, max = 1 }, kernel = t.enum { "rbf", "linear", default = "rbf" } },
  outputs = { t.number "score" },
  run = function(x, p) return x * p.gamma end,
}
local sum = step "sum" { inputs = { t.list(t.number) "xs" }, outputs = { t.number "total" }, run = function() return 0 end }
]]

local function marked_line(text)
  local n = 0
  for line in text:gmatch "([^\n]*)\n" do
    n = n + 1
    if line:find("--!", 1, true) then return n end
  end
end

-- The script stops with code and with one message, at the marked line.
local function expect(script, message, code, files)
  local project <close> = scratch.new()
  project:write("main.lua", script)
  for name, text in pairs(files or {}) do project:write(name, text) end
  local r = project:rille "run main.lua"
  local file, line = "main.lua", marked_line(script)
  for name, text in pairs(files or {}) do
    local there = marked_line(text)
    if there then file, line = name, there end
  end
  check.eq(r.err, "rille: " .. file .. ":" .. line .. ": " .. message:gsub("{dir}", (project.dir:gsub("%%", "%%%%")))
    .. "\n")
  check.eq(r.code, code or 3, "exit code")
  check.eq(r.out, "", "standard output")
end

local function mistake(phrase, script, message)
  check.test(phrase, function() expect(HEAD .. script .. "\n", message) end)
end

-- A mistake in define, with STEPS at hand.
local function wiring(phrase, body, message)
  mistake(phrase, STEPS .. 'return pipeline "p" { define = function()\n' .. body .. "\nend }", message)
end

-- ---- steps ----

mistake("a step's name is no string", 'step(5) {} --!',
  "a step's name must be a string of letters, digits, _ and -, found 5")
mistake("a step's name has a space", 'step "a b" {} --!',
  'a step\'s name must be a string of letters, digits, _ and -, found "a b"')
mistake("a step's name has two lines", 'step "a\\nb" {} --!',
  'a step\'s name must be a string of letters, digits, _ and -, found "a\\nb"')
mistake("a step's fields are no table", 'step "a" (5) --!', 'step "a": expected a table of fields, found 5')
mistake("a step has an unknown field", 'step "a" { ouputs = {}, run = print } --!',
  'step "a": unknown field "ouputs"; did you mean "outputs"?')
mistake("a step has two unknown fields: the first by name is told",
  'step "a" { zzzzzzzz = 1, input = {}, run = print } --!',
  'step "a": unknown field "input"; did you mean "inputs"?')
mistake("a step has a field that is a number", 'step "a" { 5, run = print } --!',
  'step "a": unknown field "1"')
mistake("a step's doc is no string", 'step "a" { doc = 5, run = print } --!',
  'step "a": doc must be a string, found 5')
mistake("a step tries again a number of times", 'step "a" { retries = "2", run = print } --!',
  'step "a": retries must be a number of attempts or { times =, delay =, backoff = }; found "2"')
mistake("a step waits for long before it tries again",
  'step "a" { retries = { times = 2, delay = -1 }, run = print } --!',
  'step "a": retries: delay must be a number of seconds, found -1')
mistake("a step's retries have another field", 'step "a" { retries = { time = 2 }, run = print } --!',
  'step "a": retries: unknown field "time"; did you mean "times"?')
mistake("a step has a timeout of nothing", 'step "a" { timeout = 0, run = print } --!',
  'step "a": timeout must be a number of seconds, found 0')
mistake("a step asks for memory in no unit", 'step "a" { resources = { memory = "2 lots" }, run = print } --!',
  'step "a": resources: memory must be a size such as "2GiB" or "500MB"; found "2 lots"')
mistake("a step asks for half a processor", 'step "a" { resources = { cpu = 0.5 }, run = print } --!',
  'step "a": resources: cpu must be a whole number from 1, found 0.5')
mistake("a step asks for what is no resource", 'step "a" { resources = { gpus = 1 }, run = print } --!',
  'step "a": resources: unknown field "gpus"; did you mean "gpu"?')
mistake("a hook that is a name", 'step "a" { on_failure = "mail", run = print } --!',
  'step "a": on_failure must be a function, found "mail"')
mistake("a step's cache is a word", 'step "a" { cache = "never", run = print } --!',
  'step "a": cache must be true, false or "always", found "never"')
mistake("a step has no run", 'step "a" {} --!', 'step "a": run must be the function that does the work, found nil')
mistake("a step's version is a float", 'step "a" { version = 1.5, run = print } --!',
  'step "a": version must be a string or an integer, found 1.5')
mistake("inputs are one port", 'step "a" { inputs = t.matrix "X", run = print } --!',
  'step "a": inputs must be a list of ports, as in { t.matrix "X" }; found a value of class port')
mistake("inputs are a number", 'step "a" { inputs = 5, run = print } --!',
  'step "a": inputs must be a list of ports, as in { t.matrix "X" }; found 5')
mistake("inputs are named", 'step "a" { inputs = { X = t.matrix "X" }, run = print } --!',
  'step "a": inputs must be a list of ports, as in { t.matrix "X" }; found the key "X"')
mistake("a port has no name", 'step "a" { outputs = { t.number "x", t.matrix }, run = print } --!',
  'step "a": outputs 2 has no name; write t.matrix "NAME"')
mistake("a port is a string", 'step "a" { inputs = { "X" }, run = print } --!',
  'step "a": inputs 1 is "X", expected a port as in t.matrix "X"')
mistake("a list of ports has a nil", 'step "a" { inputs = { t.number "x", nil, t.number "y" }, run = print } --!',
  'step "a": inputs has a gap (a nil in the list)')
mistake("two inputs have one name", 'step "a" { inputs = { t.number "x", t.number "x" }, run = print } --!',
  'step "a": the name "x" is used twice')
mistake("an input and a parameter have one name",
  'step "a" { inputs = { t.number "x" }, params = { x = 1 }, run = print } --!',
  'step "a": the name "x" is used twice')
mistake("two outputs have one name", 'step "a" { outputs = { t.number "x", t.number "x" }, run = print } --!',
  'step "a": the name "x" is used twice')
mistake("params are a number", 'step "a" { params = 5, run = print } --!',
  'step "a": params must be a table of names and types, found 5')
mistake("params are a list of ports", 'step "a" { params = { t.number "x" }, run = print } --!',
  'step "a": params are written { x = t.number }, found a port')
mistake("params are a list", 'step "a" { params = { 5 }, run = print } --!',
  'step "a": params are written { name = type or default }, found the key 1')
mistake("a parameter's default is a function", 'step "a" { params = { f = print }, run = print } --!',
  'step "a": parameter "f": a function cannot be a default; give a type such as t.any')
mistake("a default that its type refuses", 'step "a" { params = { n = t.integer { default = 1.5 } }, run = print } --!',
  "type integer: the default is 1.5, expected an integer")
mistake("a default out of range", 'step "a" { params = { n = t.number { default = 2, max = 1 } }, run = print } --!',
  "type number: the default is 2, expected a number of at most 1")
mistake("a default that is no number at all",
  'step "a" { params = { n = t.number { default = 0/0, min = 0 } }, run = print } --!',
  "type number: the default is nan, expected a number of at least 0")
mistake("run names its arguments in another order than the inputs",
  'step "a" { inputs = { t.number "x", t.number "y" }, run = function(y, x) end } --!',
  'step "a": argument 1 of run is "y", but the inputs are declared in the order x, y')
mistake("run takes too many arguments",
  'step "a" { inputs = { t.number "x" }, run = function(x, p, ctx, more) end } --!',
  'step "a": run takes 4 arguments, but gets 3 (the inputs, the parameters and the context)')
mistake("run of a step without inputs takes too many arguments", 'step "a" { run = function(p, ctx, more) end } --!',
  'step "a": run takes 3 arguments, but gets 2 (the parameters and the context)')
-- Arguments that stand where others do.
local function arguments(phrase, fields, args, message)
  mistake(phrase, 'step "a" { ' .. fields .. " outputs = { t.number 'o' }, run = function(" .. args .. ") end } --!",
    'step "a": argument ' .. message)
end
local XY = "inputs = { t.number 'x', t.number 'y' }, params = { k = 1 },"
arguments("ctx stands where the parameters stand", "params = { k = 1 },", "ctx",
  '1 of run is "ctx", but run gets (p, ctx)')
arguments("ctx stands where an input stands", XY, "ctx", '1 of run is "ctx", but run gets (x, y, p, ctx)')
arguments("ctx stands before the parameters", XY, "x, y, ctx, p", '3 of run is "ctx", but run gets (x, y, p, ctx)')
arguments("ctx stands behind the inputs of a step without parameters", "inputs = { t.number 'x' },", "x, ctx",
  '2 of run is "ctx", but run gets (x, p, ctx)')
arguments("the parameters stand where the context stands", XY, "x, y, _, p",
  '4 of run is "p", but run gets (x, y, p, ctx)')
arguments("a parameter is an argument", "params = { k = 1 },", "k",
  '1 of run is "k", but run gets (p, ctx); the parameter k is p.k')
arguments("a parameter is an argument behind the inputs", XY, "x, y, k",
  '3 of run is "k", but run gets (x, y, p, ctx); the parameter k is p.k')
arguments("self of what is no method", "inputs = { t.number 'x' },", "self, x",
  '1 of run is "self", but run gets (x, p, ctx); self is for methods: rille.Step:extend "a"')
check.test("names of arguments that tell nothing wrong are no mistakes", function()
  local project <close> = scratch.new()
  project:write("main.lua", HEAD .. [[
local steps = {
  step "a" { inputs = { t.number "ctx" }, params = { k = 1 }, outputs = { t.number "o" }, run = function(ctx, q, context) return ctx + q.k end },
  step "b" { inputs = { t.number "price" }, outputs = { t.number "o" }, run = function(p) return p end },
  step "c" { inputs = { t.number "p", t.number "self" }, outputs = { t.number "o" }, run = function(p, self, _, _) return p + self end },
  step "d" { params = { k = 1 }, outputs = { t.number "o" }, run = function(...) return 1 end },
  step "e" { outputs = { t.number "o" }, run = function(params, context) return 1 end },
}
return pipeline "p" { params = { ctx = 1 }, inputs = { t.number "n" }, define = function(config, given)
  steps[1] { ctx = config.ctx } steps[2](given.n) steps[3] { p = 1, self = 2 } steps[4]() steps[5]()
end }
]])
  project:write("n.txt", "1")
  local r = project:rille "run main.lua --input n=n.txt"
  check.eq(r.code, 0, r.err)
end)
mistake("materializers is a string", 'step "a" { materializers = "svc", run = print } --!',
  'step "a": materializers: expected a materializer or a table { OUTPUT = materializer }, found "svc"')
mistake("materializers name an output that there is not",
  'step "a" { outputs = { t.number "x" }, materializers = { y = {} }, run = print } --!',
  'step "a": materializers: there is no output "y"; available: x')
mistake("materializers give an output what is none",
  'step "a" { outputs = { t.number "x" }, materializers = { x = 5 }, run = print } --!',
  'step "a": materializers: output "x": expected a materializer, found 5')
mistake("a field of a step that there is not", STEPS .. "print(train.score) --!",
  'step "train" has no field "score"; to use its output, call the step inside define')

-- Names known from other tools, and forms that are near to the right one.
for field, meant in pairs { fn = "run", main = "run", input = "inputs", parameters = "params", returns = "outputs",
  description = "doc", enable_cache = "cache", max_retries = "retries", on_error = "on_failure" } do
  mistake("a step has the field " .. field, 'step "a" { ' .. field .. " = {}, run = print } --!",
    string.format('step "a": unknown field "%s"; did you mean "%s"?', field, meant))
end
for _, field in ipairs { "depends_on", "after", "needs" } do
  mistake("a step says what it comes after, by " .. field, 'step "a" { ' .. field .. " = {}, run = print } --!",
    'step "a": unknown field "' .. field
      .. '"; set the order where the step is used: STEP:with { after = { NODE } } { ... }')
end
mistake("a step's name stands in its table, too", 'step "a" { name = "b", run = print } --!',
  'step "a": unknown field "name"; write the name before the table: step "NAME" { ... }')
mistake("a step's name stands in its table alone", 'step { name = "a", run = print } --!',
  "a step's name must be a string of letters, digits, _ and -, found a table; write step \"NAME\" { ... }")
mistake("a step is a function", 'step "a" (function() end) --!',
  'step "a": expected a table of fields, found a function; write step "a" { run = function() ... end }')
mistake("a step is a function, after a comma", 'step("a", function() end) --!',
  'step "a": expected a table of fields, found a function; write step "a" { run = function() ... end }')
mistake("a mistake in step(NAME, FIELDS)", 'local s = step("a", { --!\n  ouputs = {},\n  run = print })',
  'step "a": unknown field "ouputs"; did you mean "outputs"?')
mistake("a mistake in extend(NAME, FIELDS)", 'local s = rille.Step:extend("a", { --!\n  ouputs = {},\n})',
  'step "a": unknown field "ouputs"; did you mean "outputs"?')
mistake("a mistake in interface(NAME, FIELDS)", 'rille.interface("fits", { metods = { "f" }, methods = { "f" } }) --!',
  'interface "fits": unknown field "metods"; did you mean "methods"?')
mistake("a mistake in materializer(NAME, FIELDS)", 'rille.materializer("m", { sav = print }) --!',
  'materializer "m": unknown field "sav"; did you mean "save"?')
mistake("a mistake in pipeline(NAME, FIELDS)", 'local s = pipeline("p", { --!\n  defne = print })',
  'pipeline "p": unknown field "defne"; did you mean "define"?')
mistake("outputs have the names of types", 'step "a" { outputs = { x = t.number }, run = print } --!',
  'step "a": outputs must be a list of ports, as in { t.matrix "X" }; found the key "x"; write { t.number "x" }')
mistake("an output is a list without a name", 'step "a" { outputs = { t.list(t.number) }, run = print } --!',
  'step "a": outputs 1 has no name; write t.list(t.number) "NAME"')
check.test("definitions are made by a name and a table between parentheses, too", function()
  local project <close> = scratch.new()
  local BRACES = HEAD .. [[
local a = step "a" { outputs = { t.number "x" { kind = "data" } }, run = function() return 1 end }
local B = rille.Step:extend "b" { inputs = { t.list(t.number) "xs" }, outputs = { t.number "n" } }
function B:entrypoint(xs) return #xs end
return pipeline "p" { define = function() B { xs = { a() } } end }
]]
  project:write("braces.lua", BRACES)
  project:write("commas.lua", HEAD .. [[
local a = step("a", { outputs = { t.number("x", { kind = "data" }) }, run = function() return 1 end })
local B = rille.Step:extend("b", { inputs = { t.list(t.number, "xs") }, outputs = { t.number "n" } })
function B:entrypoint(xs) return #xs end
return pipeline("p", { define = function() B { xs = { a() } } end })
]])
  check.eq(project:rille("run braces.lua").code, 0)
  local r = project:rille "run commas.lua"
  check.has(r.err, "all 2 steps cached", r.err)
end)

-- ---- types and ports ----

mistake("an unknown type", "local x = t.matrx --!", 'unknown type "matrx"; did you mean "matrix"?')
mistake("an unknown type that is near to none", "local x = t.spreadsheet --!", 'unknown type "spreadsheet"')
for name, meant in pairs { float = "number", int = "integer", str = "string", bool = "boolean", dict = "table",
  dataframe = "frame", DataFrame = "frame", ndarray = "array", path = "file",
  folder = "dir", blob = "bytes", json = "table", double = "number", tuple = "list", choice = "enum", union = "any_of",
  Number = "number" } do
  mistake("the type " .. name, "local x = t." .. name .. " --!",
    string.format('unknown type "%s"; did you mean "%s"?', name, meant))
end
mistake("the type None", "local x = t.None --!", 'unknown type "None"; did you mean t["nil"]?')
mistake("the type optional", "local x = t.optional(t.number) --!",
  'unknown type "optional"; write t.any_of { TYPE, t["nil"] }')
mistake("the type datetime", "local x = t.datetime --!",
  'unknown type "datetime"; for a date use t.string, or a column of a t.frame')
mistake("the type model", "local x = t.model --!",
  'unknown type "model"; the type of a model is named after its library, such as t.svm or t.tree, or t.classifier')
mistake("a type of elements for what has none", "local x = t.array(t.number) --!",
  'type array: the type of its elements is missing; write t.array "NAME", or t.list(t.number) for a list')
mistake("a type is set", "t.mine = 5 --!", "types are made by rille.materializer and rille.interface")
mistake("a port's name has a dash", 'local p = t.number "a-b" --!',
  'port "a-b": a name must consist of letters, digits and _, and not begin with a digit')
mistake("a type is called with a number", "local p = t.number(5) --!",
  "type number: call it with a port's name or a table of options, not with 5")
mistake("a type has an unknown option", "local p = t.number { defualt = 1 } --!",
  'type number: unknown field "defualt"; did you mean "default"?')
mistake("a limit is a string", 'local p = t.number { min = "0" } --!',
  'type number: min must be a number, found "0"')
mistake("a limit of what is no number", "local p = t.string { max = 5 } --!", "type string: max is for numbers")
mistake("a type's doc is a number", "local p = t.number { doc = 5 } --!",
  "type number: doc must be a string, found 5")
mistake("a port's options are a string", 'local p = t.number "x" "y" --!',
  'port "x": options must be a table, found "y"')
mistake("a port has an unknown option", 'local p = t.number "x" { knd = "model" } --!',
  'port "x": unknown field "knd"; did you mean "kind"?')
mistake("a port's name for artifacts is a number", 'local p = t.number "x" { name = 5 } --!',
  'port "x": name must be a string, found 5')
mistake("t.list of nothing", 'local x = t.list "number" --!',
  't.list: expected the type of its elements, as in t.list(t.number), found "number"')
mistake("t.enum of a string", 'local x = t.enum "a" --!',
  't.enum: expected a table of values, as in t.enum { "a", "b" }, found "a"')
mistake("t.enum without values", "local x = t.enum {} --!", "t.enum: it has no values")
mistake("t.enum of a table", "local x = t.enum { {} } --!",
  "t.enum: value 1 is a table, expected a string, a number or a boolean")
mistake("t.enum with an unknown option", 'local x = t.enum { "a", defalt = "a" } --!',
  'type enum("a"): unknown field "defalt"; did you mean "default"?')
mistake("t.enum with a default that is near to a value",
  'local x = t.enum { "linear", "rbf", 3, default = "liner" } --!',
  'type enum("linear","rbf",3): the default is "liner", expected one of "linear", "rbf", 3 (did you '
    .. 'mean "linear"?)')
mistake("t.any_of nothing", "local x = t.any_of {} --!",
  "t.any_of: expected a list of types, as in t.any_of { t.matrix, t.frame }, found a table")
mistake("t.any_of a string", 'local x = t.any_of { t.number, "string" } --!',
  't.any_of: element 2 is "string", expected a type')

-- ---- interfaces and materializers ----

mistake("an interface's name is a number", "rille.interface(5) --!",
  "an interface's name must be a string of letters, digits and _, found 5")
mistake("an interface takes a name of rille", 'rille.interface "matrix" { methods = { "f" } } --!',
  'an interface cannot be named "matrix": that is a type of rille')
mistake("an interface takes a name of what makes types", 'rille.interface "list" { methods = { "f" } } --!',
  'an interface cannot be named "list": that is a type of rille')
mistake("an interface has no methods", 'rille.interface "fits" {} --!',
  'interface "fits": expected { methods = { "name", ... } }')
mistake("an interface is given a string", 'rille.interface "fits" "fit" --!',
  'interface "fits": expected { methods = { "name", ... } }')
mistake("an interface has an unknown field", 'rille.interface "fits" { methods = { "fit" }, metods = {} } --!',
  'interface "fits": unknown field "metods"; did you mean "methods"?')
mistake("an interface's method is a number", 'rille.interface "fits" { methods = { "fit", 5 } } --!',
  'interface "fits": method 2 is 5, expected a name')

local function materializer(phrase, fields, message)
  mistake("a materializer " .. phrase, "local function f() end\nrille.materializer \"m\" " .. fields .. " --!",
    'materializer "m": ' .. message)
end

mistake("a materializer's name is a number", "rille.materializer(5) --!",
  "a materializer's name must be a string of letters, digits and _, found 5")
mistake("a materializer takes a name of rille", 'rille.materializer "number" {} --!',
  'a materializer cannot be named "number": that is a type of rille')
materializer("is given a string", '"x"', 'expected a table of fields, found "x"')
materializer("has an unknown field", "{ sav = f }", 'unknown field "sav"; did you mean "save"?')
materializer("has no save", "{ load = f, version = 1, claims = f }", "save must be a function, found nil")
materializer("has no load", "{ save = f, version = 1, claims = f }", "load must be a function, found nil")
materializer("has a preview that is a string", '{ save = f, load = f, preview = "x", version = 1, claims = f }',
  'preview must be a function, found "x"')
materializer("has no version", "{ save = f, load = f, claims = f }",
  "version must be an integer of at least 1 (raise it when the file format changes), found nil")
materializer("has version 0", "{ save = f, load = f, version = 0, claims = f }",
  "version must be an integer of at least 1 (raise it when the file format changes), found 0")
materializer("says not what it covers", "{ save = f, load = f, version = 1 }",
  "give either class (a metatable or a list of them) or claims (a function)")
materializer("says twice what it covers", "{ save = f, load = f, version = 1, class = {}, claims = f }",
  "give either class (a metatable or a list of them) or claims (a function)")
materializer("has claims that is a string", '{ save = f, load = f, version = 1, claims = "x" }',
  'claims must be a function, found "x"')
materializer("has a class that is a string", '{ save = f, load = f, version = 1, class = "x" }',
  'class must be a metatable or a list of metatables, found "x"')
materializer("has a class in a list that is a string", '{ save = f, load = f, version = 1, class = { {}, "x" } }',
  'class must be a metatable or a list of metatables, found "x"')

-- ---- pipelines ----

mistake("a pipeline's name is a number", "pipeline(5) --!",
  "a pipeline's name must be a string of letters, digits, _, - and ., found 5")
mistake("a pipeline's fields are a string", 'pipeline "p" "x" --!',
  'pipeline "p": expected a table of fields, found "x"')
mistake("a pipeline has an unknown field", 'pipeline "p" { defin = print } --!',
  'pipeline "p": unknown field "defin"; did you mean "define"?')
mistake("a pipeline has no define", 'pipeline "p" {} --!',
  'pipeline "p": define must be the function that wires the steps, found nil')
mistake("a pipeline's doc is a number", 'pipeline "p" { doc = 5, define = print } --!',
  'pipeline "p": doc must be a string, found 5')
mistake("a pipeline's cache is a word", 'pipeline "p" { cache = "always", define = print } --!',
  'pipeline "p": cache must be true or false, found "always"')
mistake("a pipeline's params are a number", 'pipeline "p" { params = 5, define = print } --!',
  'pipeline "p": params must be a table of names and types, found 5')
mistake("a pipeline's params are a list", 'pipeline "p" { params = { 5 }, define = print } --!',
  'pipeline "p": params are written { name = type or default }, found the key 1')
mistake("a pipeline's default is a function", 'pipeline "p" { params = { f = print }, define = print } --!',
  'pipeline "p": parameter "f": a function cannot be a default; give a type such as t.any')
mistake("a pipeline is a function", 'pipeline "p" (function() end) --!',
  'pipeline "p": expected a table of fields, found a function; write pipeline "p" { define = function() ... end }')
mistake("a pipeline has run in place of define", 'pipeline "p" { run = print } --!',
  'pipeline "p": unknown field "run"; did you mean "define"?')
mistake("a pipeline has a list of steps", 'pipeline "p" { steps = {} } --!',
  'pipeline "p": unknown field "steps"; steps are called in define: define = function(p) second(first()) end')
mistake("define takes a context", 'pipeline "p" { define = function(ctx) end } --!',
  'pipeline "p": argument 1 of define is "ctx", but define gets (p); a context exists only while a step runs')
mistake("define takes a parameter", 'pipeline "p" { params = { k = 1 }, define = function(k) end } --!',
  'pipeline "p": argument 1 of define is "k", but define gets (p); k is p.k')
mistake("define takes an input", 'pipeline "p" { inputs = { t.number "x" }, define = function(p, x) end } --!',
  'pipeline "p": argument 2 of define is "x", but define gets (p, i); x is i.x')
mistake("define takes a slot", 'pipeline "p" { slots = { "load" }, define = function(p, load) end } --!',
  'pipeline "p": argument 2 of define is "load", but define gets (p, s); load is s.load')
mistake("define takes the inputs first",
  'pipeline "p" { inputs = { t.number "x" }, define = function(inputs) end } --!',
  'pipeline "p": argument 1 of define is "inputs", but define gets (p, i)')
mistake("connect takes a context", 'local P = rille.Pipeline:extend "p"\nfunction P:connect(ctx) end --!',
  'pipeline "p": argument 1 of connect is "ctx", but connect gets (p); a context exists only while a step runs')
mistake("slots are a string", 'pipeline "p" { slots = "a", define = print } --!',
  'pipeline "p": slots must be a list of names, found "a"')
mistake("slots have a number", 'pipeline "p" { slots = { "a", 5 }, define = print } --!',
  'pipeline "p": slot 2 is 5, expected a name')
mistake("a slot is named twice", 'pipeline "p" { slots = { "a", "a" }, define = print } --!',
  'pipeline "p": the slot "a" is named twice')
mistake("define calls no step", 'return pipeline "p" { define = function() end } --!',
  'pipeline "p": define called no step')
mistake("a field of a pipeline that there is not", 'local p = pipeline "p" { define = print }\np:rum {} --!',
  'pipeline "p" has no field "rum"; did you mean "run"?')
mistake("a pipeline without slots is called", 'local p = pipeline "p" { define = print }\np { a = 1 } --!',
  'pipeline "p" has no slots to fill; run it with :run {}')

local SLOTS = STEPS
  .. 'local p = pipeline "p" { slots = { "first", "second" }, define = function(p, s) s.second(s.first()) end }\n'
mistake("slots are given a number", SLOTS .. "p(5) --!",
  'pipeline "p": expected { SLOT = step, ... }, found 5')
mistake("a slot that there is not", SLOTS .. "p { frist = source, second = train } --!",
  'pipeline "p": there is no slot "frist"; did you mean "first"?')
mistake("a slot is given a number", SLOTS .. "p { first = source, second = 5 } --!",
  'pipeline "p": slot "second" expects a step, found 5')
mistake("a slot is given nothing", SLOTS .. "p { first = source } --!", 'pipeline "p": slot "second" has no step')
mistake("a pipeline with slots is run without steps", SLOTS .. "p:run {} --!",
  'pipeline "p": its slots (first, second) have no steps; call it with { SLOT = step, ... } first')
mistake("define asks for a slot that there is not", STEPS .. [[
local p = pipeline "p" { slots = { "first" }, define = function(p, s)
  s.frist() --!
end }
p { first = source }:run {}]], 'pipeline "p": there is no slot "frist"; did you mean "first"?')

-- ---- parameters of a pipeline, and run ----

local RUN = STEPS
  .. 'local p = pipeline "p" { params = { gamma = t.number { default = 0.1, max = 1 }, seed = t.integer }, define '
    .. '= function(p) source() end }\n'
mistake("a parameter of a pipeline that there is not", RUN .. "p:run { params = { gama = 1 } } --!",
  'pipeline "p": unknown parameter "gama"; did you mean "gamma"?')
mistake("a parameter of a pipeline is out of range", RUN .. "p:run { params = { gamma = 2 } } --!",
  'pipeline "p": parameter "gamma": expected a number of at most 1, found 2')
mistake("a parameter of a pipeline is of another type", RUN .. 'p:run { params = { seed = "x" } } --!',
  'pipeline "p": parameter "seed": expected an integer, found "x"')
mistake("a parameter of a pipeline is missing", RUN .. "p:run {} --!",
  'pipeline "p": parameter "seed" is missing (integer)')
mistake("a parameter is given to run beside params", RUN .. "p:run { gamma = 2 } --!",
  'pipeline "p": run: "gamma" is a parameter of the pipeline; write PIPELINE:run { params = { gamma = 2 } }')
mistake("a parameter is given to plan beside params", RUN .. 'p:plan { seed = "a" } --!',
  'pipeline "p": plan: "seed" is a parameter of the pipeline; write PIPELINE:plan { params = { seed = "a" } }')
mistake("a parameter is given to the pipeline", RUN .. "p { gamma = 2 } --!",
  'pipeline "p": "gamma" is a parameter of the pipeline; write PIPELINE:run { params = { gamma = 2 } }')
mistake("run has another name for its run", RUN .. 'p:run { name = "x" } --!',
  'pipeline "p": run: unknown field "name"; did you mean "run_name"?')
mistake("run has another name for params", RUN .. "p:run { parameters = {} } --!",
  'pipeline "p": run: unknown field "parameters"; did you mean "params"?')
mistake("define asks for a parameter that there is not", STEPS .. [[
local p = pipeline "p" { params = { gamma = 0.1 }, define = function(p)
  train { x = source(), gamma = p.gama } --!
end }
p:run {}]], 'pipeline "p": there is no parameter "gama"; did you mean "gamma"?')
mistake("run has an unknown option", RUN .. "p:run { parms = {} } --!",
  'pipeline "p": run: unknown field "parms"; did you mean "params"?')
mistake("run is given a string", RUN .. 'p:run "x" --!',
  'pipeline "p": run takes a table of options, found "x"')
mistake("run is called by a dot", RUN .. "p.run { params = {} } --!", "run is a method: write pipeline:run { ... }")
mistake("run's params are a number", RUN .. "p:run { params = 5 } --!",
  'pipeline "p": run: params must be a table, found 5')
mistake("run's name is a number", RUN .. "p:run { run_name = 5 } --!",
  'pipeline "p": run: run_name must be a string, found 5')
mistake("run's cache is a word", RUN .. 'p:run { cache = "x" } --!',
  'pipeline "p": run: cache must be true or false, found "x"')
mistake("run's jobs are none", RUN .. "p:run { jobs = 0 } --!",
  'pipeline "p": run: jobs must be an integer of at least 1, found 0')
mistake("run's tag is a number", RUN .. "p:run { tags = { 5 } } --!",
  'pipeline "p": run: tag 1 must be a string, found 5')
mistake("run's name has an unknown field", RUN .. 'p:run { params = { seed = 1 }, run_name = "a-{user}" } --!',
  'run_name: unknown field "{user}"; available: {n}, {date}, {time}, {pipeline}')
mistake("plan has an unknown option", RUN .. "p:plan { run_name = 1 } --!",
  'pipeline "p": plan: unknown field "run_name"; available: cache, config, inputs, params, stack')
mistake("plan is given a number", RUN .. "p:plan(5) --!",
  'pipeline "p": plan takes a table of options, found 5')
mistake("spec has an unknown option", RUN .. "p:spec { cache = true } --!",
  'pipeline "p": spec: unknown field "cache"; available: inputs, params')

-- ---- calling steps in define ----

wiring("an unknown input", "train { y = source() } --!",
  'step "train": unknown input or parameter "y"; available: gamma, kernel, x')
wiring("an input with a typing error", "train { x = source(), gama = 0.1 } --!",
  'step "train": unknown input or parameter "gama"; did you mean "gamma"?')
wiring("an option among the inputs", "train { x = source(), after = {} } --!",
  'step "train": "after" is an option; write train:with { after = ... } { ... }')
wiring("a missing input", "train {} --!", 'step "train": input "x" (number) is missing')
wiring("a missing input of a call without arguments", "train() --!", 'step "train": input "x" (number) is missing')
wiring("an input of another type", 'train { x = "a" } --!',
  'step "train": input "x": expected a number, found "a"')
wiring("a wired output of another type", "train { x = words() } --!",
  'step "train": input "x" expects number, but node "words" is string')
wiring("an output of several, of another type", "local d = four()\nsum { xs = d.a } --!",
  'step "sum": input "xs" expects list(number), but output "a" of node "four" is number; write { NODE, ... }')
wiring("a step with four outputs where one is needed", "train(four()) --!",
  'step "train": input "x": node "four" has 4 outputs; choose one: write NODE.NAME with one of a, b, c, d')
wiring("a step without outputs where one is needed", "train(silent()) --!",
  'step "train": input "x": node "silent" has no output')
wiring("an output that there is not", "local d = source()\nprint(d.y) --!",
  'node "source" has no output "y"; available: x')
wiring("a field of an output", "local d = four()\nprint(d.a.b) --!",
  'output "a" of node "four" has no field "b": its value is known only when the step has run')
wiring("a node is changed", "local d = source()\nd.x = 5 --!", 'node "source": a node cannot be changed (field "x")')
wiring("an output is compared", "local d = four()\nif d.a > 5 then end --!",
  'output "a" of node "four" has no value here: it is known only when the step has run; compare it in a step that '
    .. 'returns a boolean, and branch by rille.when')
wiring("a number is compared with a node", "local d = 5 >= source() --!",
  'node "source" has no value here: it is known only when the step has run; compare it in a step that returns a '
    .. 'boolean, and branch by rille.when')
wiring("the length of a node", "local n = #source() --!",
  'node "source" has no value here: it is known only when the step has run; NODE:unpack() gives its outputs')
wiring("pairs of a node", "local d = four()\nfor k, v in pairs(d) do print(k, v) end --!",
  'node "four" has no value here: it is known only when the step has run; NODE:unpack() gives its outputs')
wiring("pairs of an output", "local d = four()\nfor k, v in pairs(d.a) do print(k, v) end --!",
  'output "a" of node "four" has no value here: it is known only when the step has run; use it in a step that '
    .. 'takes it as an input')
wiring("ipairs of a node", "local d = four()\nfor i, v in ipairs(d) do print(i, v) end --!",
  'node "four" has no [1]: a node is not a list; write NODE.a or NODE.b or NODE.c or NODE.d')
wiring("an output by number", "local d = four()\ntrain { x = d[1] } --!",
  'node "four" has no [1]: a node is not a list; write NODE.a or NODE.b or NODE.c or NODE.d')
wiring("the only output by number", "local d = source()\ntrain { x = d[1] } --!",
  'node "source" has no [1]: a node is not a list; the node represents its only output, x: pass the node itself')
wiring("an output of a step without outputs by number", "local d = silent()\nprint(d[1]) --!",
  'node "silent" has no [1]: a node is not a list; its step has no outputs')
wiring("an output of an output by number", "local d = four()\nprint(d.a[1]) --!",
  'output "a" of node "four" has no field "1": its value is known only when the step has run')
wiring("an output is changed", "local d = four()\nd.a.x = 1 --!",
  'output "a" of node "four": a node cannot be changed (field "x")')
wiring("a node is multiplied", "local y = 2 * source() --!",
  'node "source" has no value here: it is known only when the step has run; use it in a step that takes it as an input')
wiring("a node is called", "source()() --!",
  'node "source" has no value here: it is known only when the step has run; use it in a step that takes it as an input')
wiring("too many inputs by position", "train(source(), source:with { id = 's2' }()) --!",
  'step "train": takes 1 input (x), found 2')
wiring("an input for a step that has none", "source(5) --!", 'step "source": takes 0 inputs, found 1')
wiring("a node for a parameter", "train { x = source(), gamma = source:with { id = 's2' }() } --!",
  'step "train": parameter "gamma" was given node "s2"; a parameter is a plain value; pass the output of a step '
    .. 'to an input')
wiring("a parameter of another type", "train { x = source(), gamma = 'x' } --!",
  'step "train": parameter "gamma": expected a number, found "x"')
wiring("a parameter out of range", "train { x = source(), gamma = 1.5 } --!",
  'step "train": parameter "gamma": expected a number of at most 1, found 1.5')
wiring("a parameter that is near to a value of its enum", "train { x = source(), kernel = 'liner' } --!",
  'step "train": parameter "kernel": expected one of "rbf", "linear" (did you mean "linear"?), found "liner"')
mistake("a missing parameter",
  'local s = step "s" { params = { n = t.integer }, run = print }\nreturn pipeline "p" { define = function()\ns '
    .. '{} --!\nend }',
  'step "s": parameter "n" is missing (integer)')
wiring("a list of nodes where no list is taken", "train { x = { source() } } --!",
  'step "train": input "x" expects number, found a table that contains nodes; only t.list(T) takes a list of nodes')
wiring("a node without a name that has no output of an input's name", "train { four() } --!",
  'step "train": node "four" fills no input: it has a, b, c, d, and the inputs are x; '
  .. 'write x = NODE.OUTPUT, or leave it out')
wiring("two nodes without a name for one input", "local a = source()\ntrain { a, source:with { id = 'b' }() } --!",
  'step "train": node "source" and node "b" both fill input "x"; choose one: write x = NODE.x')
wiring("a node without a name whose output is of another type",
  "local w = step 'w' { outputs = { t.string 'x' }, run = function() end }\ntrain { w() } --!",
  'step "train": input "x" expects number, but node "w" is string')
wiring("a list of nodes without a name, beside others", "local a = source()\ntrain { a, { a } } --!",
  'step "train": element 2 of the table is a table; only nodes can be without a name: write NAME = VALUE')
wiring("unpack of a step without outputs", "local x = silent():unpack() --!", 'node "silent" has no outputs to unpack')
wiring("unpack with a dot", "local x = four().unpack() --!",
  'unpack is a method of nodes: write NODE:unpack(), with a colon')
wiring("a list with a node of another type", "sum { xs = { source(), words() } } --!",
  'step "sum": input "xs" expects number, but node "words" is string')
wiring("a list with a literal of another type", "sum { xs = { source(), 'a' } } --!",
  'step "sum": input "xs": element 2: expected a number, found "a"')
wiring("a list with a nil", "sum { xs = { source(), nil, 5 } } --!",
  'step "sum": input "xs": the list has a gap (a nil in it)')
wiring("a list of nodes with names", "sum { xs = { a = source() } } --!",
  'step "sum": input "xs": expected a list of nodes, found the key "a"')
wiring("a literal list of another type", "sum { xs = { 1, 'a' } } --!",
  'step "sum": input "xs": expected a list of numbers (element 2: expected a number, found "a"), '
    .. 'found a table')
wiring("a step in the place of its node", "train(source) --!",
  'step "train": input "x": found step "source" itself; call it to pass its output: source()')
wiring("a step with inputs in the place of its node", "sum { xs = train } --!",
  'step "sum": input "xs": found step "train" itself; call it to pass its output: train { x = ... }')
wiring("a pipeline in the place of a node",
  "local other = pipeline 'other' { define = function() source() end }\ntrain(other) --!",
  'step "train": input "x": found pipeline "other"; a pipeline has no value: call its steps here, or use an '
    .. 'artifact from its runs with rille.external')
wiring("a type in the place of a value", "train(t.number) --!",
  'step "train": input "x": found the type number; pass a value, or the output of a step')
wiring("the parameters in the place of a value", "local f = train\nf(rille.types.number 'x') --!",
  'step "train": input "x": found the type number; pass a value, or the output of a step')
wiring("a pipeline is called in define",
  "local other = pipeline 'other' { define = function() source() end }\nother() --!",
  'pipeline "other": a pipeline is not a step; call its steps here')
mistake("fewer inputs by position than there are", STEPS
  .. 'local two = step "two" { inputs = { t.number "x", t.number "y" }, run = print }\nreturn pipeline "p" { '
    .. 'define = function()\ntwo(source()) --!\nend }',
  'step "two": input "y" (number) is missing; it takes 2 inputs (x, y)')
mistake("two steps of one name", STEPS
  .. 'local other = step "source" { outputs = { t.number "x" }, run = function() return 2 end }\nreturn pipeline '
    .. '"p" { define = function()\nsource()\nother() --!\nend }',
  'two steps are called "source", of main.lua:3 and main.lua:14; rename one, or give its node an id: '
    .. 'STEP:with { id = "source_2" } { ... }')
wiring("a step called twice", "source()\nsource() --!",
  'step "source" is called twice; give the second call an id: source:with { id = "source_2" } { ... }')
wiring("an id used twice", "source:with { id = 'a' }()\nwords:with { id = 'a' }() --!", 'the id "a" is used twice')
wiring("an id with a slash", "source:with { id = 'a/b' }() --!",
  'step "source": id must be a string without slashes, found "a/b"')
wiring("an id that is a number", "source:with { id = 5 }() --!",
  'step "source": id must be a string without slashes, found 5')

-- ---- conditions on what no step has made yet ----

local GATE = STEPS .. [[
local good = step "good" { inputs = { t.number "x" }, outputs = { t.boolean "ok", t.number "score" }, run = function(x) return x > 1, x end }
local check = step "check" { inputs = { t.number "x" }, outputs = { t.boolean "ok" }, run = function(x) return x > 1 end }
]]
local WHEN = "known only when the step has run"
local BRANCH = ": here it is always true; branch by rille.when(CONDITION, { function() ... end, otherwise = "
  .. "function() ... end })"
local COMPARE = "; compare it in a step that returns a boolean, and branch by rille.when"
local function condition(phrase, body, what, fields)
  mistake("a condition on " .. phrase, GATE .. 'return pipeline "p" { ' .. (fields or "")
    .. " define = function(p, i)\n" .. body .. "\nend }", what)
end
condition("a node", "local ok = check(source())\nif ok then words() end --!",
  'the output of step "check" is a condition here, but it is ' .. WHEN .. BRANCH)
condition("the first output of those that unpack gives",
  "local ok = good(source()):unpack()\nif ok then words() end --!",
  'the output of step "good" is a condition here, but it is ' .. WHEN .. BRANCH)
condition("a node, with not", "if not check(source()) then words() end --!",
  'the output of step "check" is a condition here, but it is ' .. WHEN .. BRANCH)
condition("an output", "local d = good(source())\nlocal w = d.ok and words() --!",
  'output "ok" of step "good" is a condition here, but it is ' .. WHEN .. BRANCH)
condition("the node of a step made by :with", "local d = check:with { id = 'c' } { x = 1 }\nif d then words() end --!",
  'the output of step "check" is a condition here, but it is ' .. WHEN .. BRANCH)
condition("a node of a map", "local d = check:map { x = { 1, 2 } }\nif d then words() end --!",
  'the output of step "check" is a condition here, but it is ' .. WHEN .. BRANCH)
condition("the result of rille.when",
  "local w = rille.when(check(1), { function() return words() end })\nif w then silent() end --!",
  "the result of rille.when is a condition here, but it is " .. WHEN .. BRANCH)
condition("a node in a loop",
  "for i = 1, 2 do\nlocal c = check:with { id = 'c' .. i } { x = i }\nif c then print 'x' end --!\nend",
  'the output of step "check" is a condition here, but it is ' .. WHEN .. BRANCH)
condition("a node in a function of define",
  "local c = check(1)\nlocal function go()\nif c then words() end --!\nend\ngo()",
  'the output of step "check" is a condition here, but it is ' .. WHEN .. BRANCH)
condition("a node that is compared with ==", "if check(1) == true then words() end --!",
  'the output of step "check" is compared, but it is ' .. WHEN .. COMPARE)
condition("an output that is compared with ~=", "local d = good(1)\nif d.score ~= 5 then words() end --!",
  'output "score" of step "good" is compared, but it is ' .. WHEN .. COMPARE)
condition("an input of the pipeline", "words()\nif i.flag then silent() end --!",
  'input "flag" of the pipeline is a condition here, but it is known only when the pipeline runs' .. BRANCH,
  'inputs = { t.boolean "flag" },')
mistake("a condition on the node of a slot", GATE .. [[
local p = pipeline "p" { slots = { "gate" }, define = function(p, s)
  local c = s.gate { x = 1 }
  if c then words() end --!
end }
return p { gate = check }]], 'the output of slot "gate" is a condition here, but it is ' .. WHEN .. BRANCH)
mistake("a condition on a node in connect", GATE .. [[
local P = rille.Pipeline:extend "p"
function P:connect(p)
  if check(1) then words() end --!
end
return P]], 'the output of step "check" is a condition here, but it is ' .. WHEN .. BRANCH)

check.test("conditions on what is known, or may be nil, are no mistakes", function()
  local project <close> = scratch.new()
  project:write("main.lua", HEAD .. GATE .. [[
local function maybe(wanted) if wanted then return check(1) end end
return pipeline "p" { params = { fast = true, n = 1 }, define = function(p)
  local d = p.fast and good(1) or nil
  if d then train { x = d.score } end
  local e = maybe(not p.fast)
  if not e and p.n == 1 then e = words() end
  local list = { silent }
  for _, s in ipairs(list) do if s == silent then s() end end
  local w = p.n > 1 and source() or four()
  assert(w)
end }
]])
  local r = project:rille "run main.lua"
  check.eq(r.code, 0, r.err)
end)

-- ---- with ----

wiring("with has an unknown option", "source:with { idd = 'a' }() --!",
  'step "source": with: unknown option "idd"; did you mean "id"?')
wiring("with has an unknown parameter", "train:with { gama = 1 } --!",
  'step "train": with: unknown option "gama"; did you mean "gamma"?')
wiring("with has a timeout in seconds", 'source:with { timeout = "5 s" } --!',
  'step "source": with: timeout must be a number of seconds, found "5 s"')
wiring("with is given a string", "source:with 'a' --!",
  'step "source": with takes a table of options, found "a"; write step:with { ... }')
wiring("with is called by a dot", "source.with { id = 'a' } --!", "with is a method: write step:with { ... }")
wiring("with has a parameter out of range", "train:with { gamma = 5 } --!",
  'step "train": parameter "gamma": expected a number of at most 1, found 5')
wiring("with has a cache that is a word", "source:with { cache = 'on' } --!",
  'step "source": cache must be true, false or "always", found "on"')
wiring("with has materializers that are a string", "source:with { materializers = 'x' } --!",
  'step "source": materializers: expected a materializer or a table { OUTPUT = materializer }, found "x"')

-- ---- after, cycles, other pipelines ----

wiring("after names an id that there is not", "source()\nwords:with { after = { 'sourc' } }() --!",
  'node "words": after: there is no node "sourc"; did you mean "source"?')
wiring("after is a number", "words:with { after = 5 }() --!",
  'node "words": after must be a list of nodes or ids, found 5')
wiring("after has a table", "words:with { after = { {} } }() --!",
  'node "words": after must be a list of nodes or ids, found a table')
wiring("a cycle of two", "source:with { after = 'words' }() --!\nwords:with { after = 'source' }()",
  "the pipeline has a cycle: source needs words needs source")
wiring("a cycle of one", "words()\nsource:with { after = 'source' }() --!",
  "the pipeline has a cycle: source needs source")
wiring("a cycle through data", "local s = source:with { after = 'train' }() --!\ntrain(s)",
  "the pipeline has a cycle: source needs train needs source")

local OTHER = STEPS .. [[
local kept
local one = pipeline "one" { define = function() kept = source() end }
one:plan {}
]]
mistake("a node of another pipeline is an input", OTHER
  .. 'pipeline("two") { define = function()\ntrain(kept) --!\nend }:plan {}',
  'step "train": input "x": node "source" belongs to another pipeline')
mistake("a node of another pipeline is in after", OTHER
  .. 'pipeline("two") { define = function()\nwords:with { after = kept }() --!\nend }:plan {}',
  'node "words": after: node "source" belongs to another pipeline')
mistake("a node is given to a step outside define", OTHER .. "train(kept) --!",
  'step "train": input "x": node "source" belongs to another pipeline')

-- ---- where the mistake is ----

mistake("in a tail call, with", STEPS
  .. 'return pipeline "p" { define = function()\n  words()\n  return train:with { id = "a" } { y = 1 } --!\nend }',
  'step "train": unknown input or parameter "y"; available: gamma, kernel, x')
mistake("in the tail call of a whole script", 'return step "a" { --!\n  ouputs = {},\n  run = print,\n}',
  'step "a": unknown field "ouputs"; did you mean "outputs"?')
mistake("in the tail call of a run", STEPS
  .. 'local p = pipeline "p" { define = function() source() end }\nreturn p:run { parms = 1 } --!',
  'pipeline "p": run: unknown field "parms"; did you mean "params"?')
mistake("in one of two tail calls: where the function begins", STEPS .. [[
return pipeline "p" { define = function() --!
  if #train.name > 5 then return train {} end
  return train { y = 1 }
end }]], 'step "train": unknown input or parameter "y"; available: gamma, kernel, x')
wiring("in a loop", "for i = 1, 3 do\n  train:with { id = 'a' .. i } { x = i < 3 and i or nil } --!\nend",
  'step "train": input "x" (number) is missing')
wiring("below pcall", "local ok, err = pcall(function()\n  train {} --!\nend)\nerror(err, 0)",
  'step "train": input "x" (number) is missing')
wiring("below xpcall",
  "local ok, err = xpcall(function()\n  train {} --!\nend, function(e) return e end)\nerror(err, 0)",
  'step "train": input "x" (number) is missing')
wiring("in a coroutine",
  "local co = coroutine.create(function()\n  train {} --!\nend)\nlocal ok, err = coroutine.resume(co)\nerror(err, 0)",
  'step "train": input "x" (number) is missing')
wiring("in a function of the script", "local function add()\n  local n = train {} --!\n  return n\nend\nadd()",
  'step "train": input "x" (number) is missing')
wiring("in the tail call of a function: where that is called", "local function add() return train {} end\nadd() --!",
  'step "train": input "x" (number) is missing')
check.test("in a module of the script", function()
  expect(HEAD .. 'local m = require "helper"\nm.add()\n', 'step "a": unknown field "rn"; did you mean "run"?', 3,
    { ["helper.lua"] = 'local rille = require "rille"\nlocal m = {}\nfunction m.add()\n  local s = rille.step "a" '
      .. '{ rn = 1 } --!\n  return s\nend\nreturn m\n' })
end)
check.test("in the tail call of a module", function()
  expect(HEAD .. 'local s = require "helper"\n', 'step "a": unknown field "rn"; did you mean "run"?', 3,
    { ["helper.lua"] = 'local rille = require "rille"\nreturn rille.step "a" { rn = 1 } --!\n' })
end)

-- ---- what a step captures: found before any step runs ----

local function captured(phrase, before, body, message)
  check.test("a step captures " .. phrase, function()
    local script = HEAD
      .. 'local first = step "first" { outputs = { t.number "x" }, run = function() print "FIRST RAN" return 1 end }\n'
      .. before ..
      '\nlocal second = step "second" {' .. (marked_line(before .. "\n" .. body .. "\n") and "" or " --!") ..
      '\ninputs = { t.number "x" }, outputs = { t.any "y" },\nrun = function(x)\n' .. body
        .. '\nend }\nreturn pipeline "p" { define = function() second(first()) end }\n'
    expect(script, 'step "second": ' .. message)
  end)
end

captured("a file handle", 'local log = io.open("main.lua")', "return log:read()",
  "captured variable 'log' is a file handle; pass it as an input")
captured("a coroutine", "local co = coroutine.create(print)", "return coroutine.resume(co)",
  "captured variable 'co' is a coroutine; pass it as an input")
captured("a table with a file handle", 'local files = { log = io.open("main.lua") }', "return files.log:read()",
  "captured variable 'files.log' is a file handle; pass it as an input")
captured("a variable that it sets", "local count = 0", "count = count + 1 return count --!",
  "it sets captured variable 'count', and a cached step would not do that again; return the value instead, or set "
    .. "cache = false")
captured("a global that it sets", "", "COUNT = 1 return 1 --!",
  "it sets global 'COUNT', and a cached step would not do that again; return the value instead, or set cache = false")

mistake("a materializer captures a coroutine", [[
local co = coroutine.create(print)
rille.materializer "m" { version = 1, claims = function() end, load = print, --!
  save = function(v, art) art:write("x", coroutine.status(co)) end }
local s = step "s" { outputs = { t.m "x" }, run = function() print "RAN" end }
return pipeline "p" { define = function() s() end }]], 'materializer "m": save: captured variable \'co\' is a coroutine; pass it as an input')

-- ---- values that cannot be kept ----

local DATA = STEPS .. [[
local any = step "any" { inputs = { t.any "x" }, params = { p = t.any { default = 1 } }, outputs = { t.any "y" }, run = function(x) print "RAN" return x end }
local late = step "late" { inputs = { t.number "n", t.any "x" }, run = function() print "RAN" end }
]]
local function data(phrase, body, message)
  mistake(phrase, DATA .. 'return pipeline "p" { define = function()\n' .. body .. "\nend }", message)
end
data("a function for an input", "any(print) --!",
  'step "any": input "x": a function has no materializer; define one with rille.materializer')
data("a table with a function for an input", "any { x = { f = print } } --!",
  'step "any": input "x": value.f: a function cannot be stored as data')
data("a step for an input", "any { x = train } --!",
  'step "any": input "x": found step "train" itself; call it to pass its output: train { x = ... }')
data("a node deep in a table for an input", "any { x = { a = { b = source() } } } --!",
  'step "any": input "x": value.a.b: a table with a metatable (node) cannot be stored as data')
data("a function for an input beside one that has to be made first", "late(source(), print) --!",
  'step "late": input "x": a function has no materializer; define one with rille.materializer')
data("a function for a parameter", "any { x = 1, p = print } --!",
  'step "any": parameter "p": value is a function, not data')
data("a node in a table for a parameter", "any { x = 1, p = { source() } } --!",
  'step "any": parameter "p": value[1] is a table with a metatable, not plain data')
data("a table that contains itself for a parameter", "local c = {} c.c = c\nany { x = 1, p = c } --!",
  'step "any": parameter "p": value.c contains itself')
mistake("a default that is no data", 'step "s" { params = { p = t.any { default = print } }, run = print } --!',
  'step "s": parameter "p": value is a function, not data')
mistake("a function for a parameter of a pipeline", STEPS .. [[
local p = pipeline "p" { params = { f = t.any { default = 1 } }, define = function() source() end }
p:run { params = { f = print } } --!]], 'pipeline "p": parameter "f": value is a function, not data')

-- ---- in a running step: the step fails, at the script's line ----

local function failing(phrase, body, message, fields)
  check.test(phrase, function()
    local project <close> = scratch.new()
    local script = HEAD .. 'local s = step "s" { outputs = { t.number "x" }, ' .. (fields or "")
      .. "\nrun = function(p, ctx)\n" .. body ..
      '\nend }\nreturn pipeline "p" { define = function() s() end }\n'
    project:write("main.lua", script)
    local r = project:rille "run main.lua"
    check.eq(r.code, 1, "exit code")
    local told = "\n  " .. (marked_line(script) and "main.lua:" .. marked_line(script) .. ": " or "") .. message .. "\n"
    check.has(r.err, told)
    check.ok(not r.err:find "rille:lua/" and not r.err:find "traceback", r.err)
    local log = project:rille "log p@-1/s"
    check.has("\n  " .. log.out, told)
  end)
end

failing("a field of ctx that there is not", "return ctx.parms --!", 'ctx has no field "parms"; did you mean "params"?')
failing("ctx is changed", "ctx.x = 1 --!", 'ctx cannot be changed (field "x")')
failing("a field of ctx.run that there is not", "return ctx.run.nme --!",
  'ctx.run has no field "nme"; available: id, name')
failing("ctx:log of a number", "ctx:log(5) --!", "ctx:log: expected a format, found 5")
failing("ctx:log of another value than its format says", 'ctx:log("%d rows", "x") --!',
  'ctx:log: argument 1 of the format "%d rows": number expected, got string')
failing("ctx:log of a percent sign", 'ctx:log("100%") --!',
  'ctx:log: argument 1 of the format "100%": no value; a percent sign is written %%')
failing("ctx.log with a dot", 'ctx.log("x") --!',
  'log is a method of the context of a step: write ctx:log("x"), with a colon')
failing("ctx:log in a tail call", "return ctx:log(5) --!", "ctx:log: expected a format, found 5")
failing("ctx:log_metric of a number", "ctx:log_metric(5) --!",
  "ctx:log_metric: expected a table { name = value }, found 5")
failing("ctx:log_metric of a list", "ctx:log_metric { 5 } --!",
  "ctx:log_metric: names must be strings, found 1")
failing("ctx:log_metric with a step that is no number", 'ctx:log_metric({ a = 1 }, "x") --!',
  'ctx:log_metric: the step is "x", expected a number')
failing("ctx:log_metric of a string", 'ctx:log_metric { a = "b" } --!',
  'ctx:log_metric: "a" is "b", expected a number')
failing("ctx:log_metadata of a list", "ctx:log_metadata { 5 } --!",
  "ctx:log_metadata: names must be strings, found 1")
failing("ctx:progress with a text that is none", "ctx:progress(0.5, {}) --!",
  "ctx:progress: the text must be a string, found a table")
failing("ctx:progress with what is no number", "ctx:progress(0 / 0) --!",
  "ctx:progress: expected a fraction from 0 to 1, found nan")
failing("history in a cached step, by ctx", "print(ctx.pipeline.runs[1]) --!",
  'step "s" reads history, so its result depends on more than its inputs: set cache = false')
failing("history in a cached step, by rille", "print(rille.pipelines.p) --!",
  'step "s" reads history, so its result depends on more than its inputs: set cache = false')
failing("history of a pipeline has no such field", "print(ctx.pipeline.rns) --!",
  'a pipeline\'s history has no field "rns"; did you mean "runs"?', "cache = false,")
failing("each of history with an unknown option", 'ctx.pipeline:each { statu = "failed" } --!',
  'each: unknown field "statu"; did you mean "status"?', "cache = false,")
failing("each of history with an unknown status", 'ctx.pipeline:each { status = "complete" } --!',
  'each: unknown status "complete"; did you mean "completed"?', "cache = false,")
failing("runs by a name", 'print(ctx.pipeline.runs.first) --!',
  'index runs by number (runs[1] is the oldest, runs[-1] the newest), found "first"', "cache = false,")
failing("an error of the step itself", 'error "disk full" --!', "disk full")
failing("an index of nil in the step", "local x\nreturn x.y --!", "attempt to index a nil value (local 'x')")
failing("an output of another type", 'return "a"', 'output "x": expected a number, found "a"')
failing("too few outputs", "return", "run returned 0 values, but the step has 1 output (x)")
failing("values in a table where there are two outputs", "return { 1, 2 }",
  "run returned 1 value, but the step has 2 outputs (a, b); return them one by one: return a, b",
  "cache = false, outputs = { t.number 'a', t.number 'b' },")
failing("a value of a step without outputs", "return 1",
  'run returned 1 value, but the step has 0 outputs; declare them: outputs = { t.TYPE "NAME" }',
  "cache = false, outputs = {},")
failing("a module that was not required", "return csv.read 'x.csv' --!",
  "attempt to index a nil value (global 'csv'); write local csv = require \"rille.csv\" above")
failing("too many outputs", "return 1, 2", "run returned 2 values, but the step has 1 output (x)")

local PARAMS = "params = { gamma = 0.5, n = 2 },"
failing("a parameter that is not declared", "return p.gama --!",
  'step "s": there is no parameter "gama"; did you mean "gamma"?', PARAMS)
failing("a parameter of ctx.params that is not declared", "return ctx.params.Gamma --!",
  'step "s": there is no parameter "Gamma"; did you mean "gamma"?', PARAMS)
failing("a parameter that is not declared, in a function that is handed all",
  "local function f(q)\nreturn q.gamm --!\nend\nreturn (f(p))",
  'step "s": there is no parameter "gamm"; did you mean "gamma"?', PARAMS)
failing("a parameter that is not declared, by a name that is computed", 'return p["ga" .. "ma"] --!',
  'step "s": there is no parameter "gama"; did you mean "gamma"?', PARAMS)

check.test("options that a shared function looks for, and names that are others, are no mistakes", function()
  local project <close> = scratch.new()
  project:write("main.lua", HEAD .. [[
local function options(o) return { rate = o.rate or 1, rates = o.rates or 2, tag = o.tag ~= nil, tags = o.tags == nil, lr = not o.lrs } end
local function depths(o) return { o.min_depth, o.max_depth, l1 = o.l1, l2 = o.l2, x = o.beta1, y = o.beta2 } end
local function merge(defaults, o)
  local all = {}
  for k, v in pairs(defaults) do all[k] = o[k] == nil and v or o[k] end
  return all
end
local a = step "a" { params = { rate = 3, tag = "x", lr = 0.1, min_depth = 1, l1 = 5, beta1 = 1 }, outputs = { t.table "o" }, run = function(p)
  local all = merge({ rate = 9, rated = 8, tagg = 7, decay = 0 }, options(p))
  return { all, merge({ rated = 8, tagg = 7 }, p), depths(p), options(p) }
end }
local b = step "b" { params = { x1 = 1, x2 = 2 }, outputs = { t.number "o" }, run = function(p)
  local i, sum = 1, 0
  while p["x" .. i] do sum, i = sum + p["x" .. i], i + 1 end
  return sum
end }
return pipeline "p" { define = function() a() b() end }
]])
  local r = project:rille "run main.lua -q"
  check.eq({ r.code, r.err }, { 0, "" })
  r = project:rille "lint main.lua"
  check.eq(r.code, 0)
  check.eq(r.out:find '"rate' or r.out:find '"tag' or r.out:find '"lr', nil, r.out)
end)

check.test("parameters are a plain table: all of them, and what is near to none is nil", function()
  local project <close> = scratch.new()
  project:write("main.lua", HEAD .. [[
local json, yaml = require "rille.json", require "rille.yaml"
local inner = step "inner" { inputs = { t.table "all" }, outputs = { t.number "n" }, run = function(all) return all.n end }
local function body(p, ctx)
  assert(p.debug == nil and p[1] == nil and #p == 0 and rawget(p, "gama") == nil and p == ctx.params)
  local names = {}
  for k in pairs(p) do names[#names + 1] = k end
  assert(table.concat(names, " ") == "gamma n" and next(p) ~= nil)
  assert(json.encode(p) == '{"gamma":0.5,"n":2}' and yaml.encode(p):find "gamma")
  assert(inner(p) == 2)
  ctx:log_params(p) ctx:log_metadata { all = p } ctx:log_artifact_metadata("t", { all = p })
  p.n2 = p.n * 2
  return p, { p, { deep = p } }, p.n2
end
local s = step "s" { params = { gamma = 0.5, n = 2 }, outputs = { t.table "t", t.any "a", t.integer "n" }, run = body,
  on_success = function(ctx) assert(ctx.params.gamma == 0.5 and ctx.params.gamm2 == nil or true) end }
local T = rille.Step:extend "class" { params = { gamma = 0.5 }, outputs = { t.string "m" } }
function T:entrypoint(p) return select(2, pcall(function() return p.gama end)) end
local c = step "c" { params = { gamma = 0.5 }, outputs = { t.string "text" }, command = "echo {params.gamma}", stdout = "text" }
return pipeline "p" { define = function() s() T() c() end }
]])
  for _, command in ipairs { "run main.lua -j1 --name one", "run main.lua -j2 --no-cache --name two" } do
    local r = project:rille(command)
    check.eq(r.code, 0, r.err)
  end
  project:write("look.lua", [[
local rille, json = require "rille", require "rille.json"
for _, run in ipairs { rille.pipelines.p.runs[1], rille.pipelines.p.runs[2] } do
  local s = run.steps.s
  print(json.encode(s.outputs.t:load()), json.encode(s.outputs.a:load()), json.encode(s.metadata), json.encode(s.logged))
  print(run.steps["class"].output:load())
  print((run.steps.c.output:load():gsub("\n", "")))
end]])
  local all = '{"gamma":0.5,"n":2,"n2":4}'
  local lines = all .. "\t[" .. all .. ',{"deep":' .. all .. '}]\t{"all":' .. all .. '}\t{"gamma":0.5,"n":2}\n'
    .. 'main.lua:19: step "class": there is no parameter "gama"; did you mean "gamma"?\n0.5\n'
  check.eq(project:rille("look.lua").out, lines .. lines)
end)

failing("a field of ctx.step that there is not", "return ctx.step.nme --!",
  'ctx.step has no field "nme"; available: id, name')
failing("an error that is a table", "error { code = 5 }", "the step raised a table instead of a message: code = 5")
failing("a list for a vector", "return { 1, 2 }",
  'output "x": expected a vector (an array of one dimension), found a table; array.from(list) makes a vector',
  "cache = false, outputs = { t.vector 'x' },")
failing("a function for an output of any type", "return print",
  'output "x": a function has no materializer; define one with rille.materializer',
  "cache = false, outputs = { t.any 'x' },")
failing("a table with a function for an output", "return { f = print }",
  'output "x": value.f: a function cannot be stored as data',
  "cache = false, outputs = { t.any 'x' },")
failing("a class without a materializer for an output", "return setmetatable({}, { __name = 'tree' })",
  'output "x": a value of class tree has no materializer; define one with rille.materializer, '
    .. "or return a plain table: setmetatable(v, nil) removes the class",
  "cache = false, outputs = { t.any 'x' },")

check.test("a step is called by names in a running step", function()
  local project <close> = scratch.new()
  project:write("main.lua", HEAD .. STEPS .. [[
local any = step "any" { inputs = { t.any "x" }, outputs = { t.any "y" }, run = function(x) return x end }
local s = step "s" { outputs = { t.any "o" }, run = function()
  assert(train(2, { gamma = 0.5 }) == 1.0 and any { x = 1 }.x == 1)
  return train { x = 1 }
end }
return pipeline "p" { define = function() s() end }
]])
  check.has(project:rille("run main.lua").err,
    'main.lua:17: step "train": inside a running step pass arguments in order, not by name: train(x, { '
      .. 'PARAMETER = ... })\n')
end)

check.test("a step that changes the class of the parameters is told, and no other step sees the change", function()
  local project <close> = scratch.new()
  project:write("main.lua", HEAD .. [[
local a = step "a" { params = { k = 1 }, outputs = { t.number "x" }, run = function(p) getmetatable(p).__index = function() return 42 end return 1 end }
local b = step "b" { params = { k = 1 }, inputs = { t.number "x" }, outputs = { t.any "y" }, run = function(x, p) return p.zzz == nil end }
return pipeline "p" { define = function() b(a()) end }
]])
  check.has(project:rille("run main.lua -j1").err, "note      a: it changed ctx.params.__index, which it captures")
  project:write("look.lua", 'print(require("rille").pipelines.p.runs[1].steps.b.output:load())')
  check.eq(project:rille("look.lua").out, "true\n")
end)

-- What a materializer does wrong when it saves or loads; the step that uses it
-- fails.  fields are those of the materializer of the class Box.
local function boxed(phrase, fields, message)
  check.test("a materializer " .. phrase, function()
    local project <close> = scratch.new()
    local script = HEAD
      .. "local Box = { __name = 'box' }\nBox.__index = Box\nlocal function load(art) return setmetatable({ v = "
        .. "art:read 'v' }, Box) end\n"
      .. 'rille.materializer "box" { version = 1, class = Box,\n' .. fields .. "\n}\n" .. [[
local make = step "make" { outputs = { t.box "b" }, run = function() return setmetatable({ v = "x" }, Box) end }
local open = step "open" { inputs = { t.box "b" }, outputs = { t.string "v" }, run = function(b) return b.v end }
return pipeline "p" { define = function() open(make()) end }
]]
    project:write("main.lua", script)
    local r = project:rille "run main.lua"
    check.eq(r.code, message and 1 or 0, r.err)
    if message then check.has(r.err, (message:gsub("LINE", marked_line(script) or ""))) end
    check.ok(not r.err:find "rille:lua/" and not r.err:find "traceback", r.err)
  end)
end
boxed("that is fine", "load = load, save = function(v, art) art:write('v', v.v) end")
boxed("writes no member", "load = load, save = function() end", 'output "b": materializer "box": save wrote no member')
boxed("writes what is no string", "load = load, save = function(v, art) art:write('v', 5) end --!",
  'main.lua:LINE: member "v": expected bytes (a string), found 5')
boxed("writes a member twice", "load = load, save = function(v, art) art:write('v', 'a')\nart:write('v', 'b') end --!",
  'main.lua:LINE: the member "v" is written twice')
boxed("writes a member outside", "load = load, save = function(v, art)\nart:write('../v', 'a') end --!",
  "main.lua:LINE: a member's name must be a relative path of plain text, found \"../v\": it has . or .. in it")
boxed("reads a member that there is not",
  "save = function(v, art) art:write('v', v.v) end,\nload = function(art)\nlocal bytes = art:read 'w' "
    .. "--!\nreturn bytes end",
  'main.lua:LINE: the artifact has no member "w"; available: v')
boxed("raises when it saves", "load = load, save = function(v, art)\nerror 'no room' end --!", "main.lua:LINE: no room")
boxed("loads another type", "save = function(v, art) art:write('v', v.v) end,\nload = function(art) return 5 end",
  'load returned 5, which does not have its class')

-- ---- commands ----

local function command(phrase, fields, message)
  mistake(phrase, "step 'c' { --!\n" .. fields .. " }", 'step "c": ' .. message)
end
local PORTS = "inputs = { t.matrix 'X' }, params = { gamma = 1 }, outputs = { t.matrix 'out' }, "
command("a command that is a number", "command = 5",
  "command: expected a list of words, as in { \"python3\", \"train.py\" }, or a text for the shell, found 5")
command("an empty command", "command = ' '", "command: it is empty")
command("a command without words", "command = {}", "command: it is empty")
command("a command with an empty program", "command = { '', 'x' }", "command: the program, its first word, is empty")
command("a command with a key", "command = { 'echo', x = 1 }", 'command: expected a list of words, found the key "x"')
command("a word that is a table", "command = { 'echo', {} }", "command: word 2 is a table, expected a string")
command("run and command", "command = 'x', run = print", "it has both run and command; a step has one or the other")
command("env of a step with run", "env = {}, run = print", "env is for steps with a command")
command("an unknown field beside a command", "comand = 'x'", 'unknown field "comand"; did you mean "command"?')
command("a placeholder of an input that there is not", PORTS .. "command = { 'x', '{inputs.Y}', '{outputs.out}' }",
  "command: unknown placeholder {inputs.Y}; did you mean {inputs.X}?; for the text itself write {{inputs.Y}}")
command("a placeholder of a misspelt kind", PORTS .. "command = { 'x', '{param.gamma}', '{outputs.out}' }",
  "command: unknown placeholder {param.gamma}; did you mean {params.gamma}?; for the text itself write {{param.gamma}}")
command("a placeholder in quotes of the shell", PORTS .. [[command = "x '{inputs.X}' {outputs.out}"]],
  "command: {inputs.X} is inside quotes, but its value is already quoted; write it bare")
command("an unknown placeholder in env", PORTS .. "command = { 'x', '{outputs.out}' }, env = { A = '{params.gama}' }",
  "env.A: unknown placeholder {params.gama}; did you mean {params.gamma}?; for the text itself write {{params.gama}}")
command("env that is a list", "command = 'x', env = { 'A' }", "env: 1 is not the name of a variable")
command("a variable that is false", "command = 'x', env = { A = false }",
  "env: A is false; give a string, or true to pass on rille's own")
command("an output that nothing writes", PORTS .. "command = { 'x', '{inputs.X}' }",
  'nothing writes output "out": use {outputs.out} in the command, or set stdout = "out"')
command("stdout of an output that there is not", PORTS .. "command = 'x', stdout = 'oot'",
  'stdout: there is no output "oot"; did you mean "out"?')
command("an output that is standard output and a file", PORTS .. "command = 'x {outputs.out}', stdout = 'out'",
  'output "out" is its standard output, but {outputs.out} is a file; choose one')
command("an output of any type", "outputs = { t.any 'out' }, command = 'x', stdout = 'out'",
  'output "out": a command cannot produce any; its outputs need one type that can be a file, such as t.matrix, '
    .. 't.table, t.string or t.file')
command("depends that is a number", "command = 'x', depends = 5",
  'depends: expected a list of files, as in { "lib/*.py" }, found 5')
command("depends with a key", "command = 'x', depends = { lib = true }",
  'depends: expected a list of files, found the key "lib"')

-- ---- classes ----

local TRAINER = 'local T = rille.Step:extend "trainer" { inputs = { t.number "X", t.number "y" }, outputs = { '
  .. 't.number "s" } }\n'
mistake("a class without an entrypoint, when it is used",
  'local T = rille.Step:extend "trainer" { outputs = { t.number "s" } } --!\nreturn pipeline "p" { define = '
    .. 'function() T() end }',
  'step "trainer": it has no method entrypoint; write function CLASS:entrypoint(...)')
mistake("a class whose entrypoint is misspelt",
  'local T = rille.Step:extend "trainer" { outputs = { t.number "s" } } --!\nfunction T:entrypiont() return 1 '
    .. 'end\nreturn pipeline "p" { define = function() T() end }',
  'step "trainer": it has no method entrypoint; write function CLASS:entrypoint(...) (there is one called '
    .. '"entrypiont")')
mistake("arguments of entrypoint in another order", TRAINER .. "function T:entrypoint(y, X, p) return 1 end --!",
  'step "trainer": argument 1 of entrypoint is "y", but the inputs are declared in the order X, y')
mistake("an entrypoint with too many arguments", TRAINER
  .. "function T:entrypoint(X, y, p, ctx, more) return 1 end --!",
  'step "trainer": entrypoint takes 5 arguments, but gets 4 (the inputs, the parameters and the context)')
mistake("an entrypoint that is no function", TRAINER .. "T.entrypoint = 5 --!",
  'step "trainer": entrypoint must be the method that does the work, found 5')
mistake("run as the method of a class", TRAINER .. "function T:run() end --!",
  'step "trainer": "run" is a name of rille\'s own; choose another (the body is the method entrypoint)')
mistake("a field of a class set after its definition", TRAINER:gsub("\n", " --!\n")
  .. "T.params = { k = 1 } function T:entrypoint() end",
  'step "trainer": "params" is set after its definition; write it in the table given to extend')
mistake("a class with a command and an entrypoint",
  'local T = rille.Step:extend "trainer" { outputs = { t.string "s" }, command = "date", stdout = "s" '
    .. '}\nfunction T:entrypoint() end --!',
  'step "trainer": it has a command, so it cannot have an entrypoint')
mistake("run as a field of a class", 'rille.Step:extend "trainer" { run = function() end } --!',
  'step "trainer": unknown field "run"; did you mean "entrypoint"?')
mistake("a field of a view of a class", TRAINER
  .. "T.inputss = {}\nT.entrypoint = function(X) return X end\nT:with { id = 'x' }.k = 1 --!",
  'step "trainer": a step made by :with cannot be changed (field "k"); extend the class')
mistake("extend with a dot", 'rille.Step.extend "trainer" --!',
  'extend derives a class from a class: write rille.Step:extend "name" { ... }')
mistake("extend of a step that is no class", STEPS .. 'source:extend "more" --!',
  'extend derives a class from a class: write rille.Step:extend "name" { ... }')
mistake("extend without a name", "rille.Pipeline:extend {} --!",
  "a pipeline's name must be a string of letters, digits, _, - and ., found a table")
mistake("fields of a class that are no table", 'rille.Step:extend "trainer" (5) --!',
  'step "trainer": expected a table of fields, found 5')
mistake("a pipeline class without connect", 'local P = rille.Pipeline:extend "p" --!\nreturn P',
  'pipeline "p": it has no method connect; write function CLASS:connect(...)')
mistake("connect that wires nothing", 'local P = rille.Pipeline:extend "p" --!\nfunction P:connect() end\nreturn P',
  'pipeline "p": connect called no step')
mistake("a mistake in connect", STEPS
  .. 'local P = rille.Pipeline:extend "p"\nfunction P:connect() return train { y = 1 } --!\nend\nreturn P',
  'step "train": unknown input or parameter "y"; available: gamma, kernel, x')

-- ---- inputs of a pipeline ----

local INPUTS = STEPS
  .. 'local p = pipeline "p" { inputs = { t.number "x", t.string "s" }, define = function(p, i) train(i.x) '
    .. 'words() end }\n'
mistake("an input of a pipeline that is missing", INPUTS .. "p:run { inputs = { x = 1 } } --!",
  'pipeline "p": input "s" (string) is missing; give it to the run: inputs = { s = ... }, or --input s=PATH')
mistake("an input of a pipeline that there is not", INPUTS .. "p:run { inputs = { x = 1, z = 2 } } --!",
  'pipeline "p": unknown input "z"; available: s, x')
mistake("an input of a pipeline of another type", INPUTS .. 'p:plan { inputs = { x = "one", s = "" } } --!',
  'pipeline "p": input "x": expected a number, found "one"')
mistake("inputs of a pipeline that takes none", STEPS
  .. 'pipeline "p" { define = function() words() end }:run { inputs = { x = 1 } } --!',
  'pipeline "p": unknown input "x"')
mistake("a parameter given as an input", STEPS
  .. 'pipeline "p" { params = { k = 1 }, define = function() words() end }:run { inputs = { k = 1 } } --!',
  'pipeline "p": unknown input "k"; it is a parameter: params = { k = ... }, or --set k=VALUE')
mistake("an input given as a parameter", INPUTS .. "p:run { params = { x = 1 } } --!",
  'pipeline "p": unknown parameter "x"; it is an input: inputs = { x = ... }, or --input x=PATH')
mistake("inputs that are no table", INPUTS .. "p:run { inputs = 5 } --!",
  'pipeline "p": run: inputs must be a table, found 5')
mistake("a parameter and an input of one name",
  'pipeline "p" { params = { x = 1 }, inputs = { t.number "x" }, define = function() end } --!',
  'pipeline "p": the name "x" is used twice')
mistake("an input of a pipeline that define misspells", STEPS
  .. 'pipeline "p" { inputs = { t.number "data" }, define = function(p, i)\ntrain(i.dta) --!\nend }:run { inputs '
    .. '= { data = 1 } }',
  'pipeline "p": there is no input "dta"; did you mean "data"?')
mistake("an input of a pipeline wired to another type", INPUTS:gsub("train%(i.x%)", "train(i.s) --!\n")
  .. 'p:run { inputs = { x = 1, s = "" } }',
  'step "train": input "x" expects number, but input "s" of the pipeline is string')
mistake("an input of a pipeline as a parameter", INPUTS:gsub("train%(i.x%)", "train { x = 1, gamma = i.x } --!\n")
  .. 'p:run { inputs = { x = 1, s = "" } }',
  'step "train": parameter "gamma" was given input "x" of the pipeline; a parameter is a plain value; pass the output '
    .. 'of a step to an input')
mistake("arithmetic with an input of a pipeline", INPUTS:gsub("train%(i.x%)", "train(i.x + 1) --!\n")
  .. 'p:run { inputs = { x = 1, s = "" } }',
  'input "x" of the pipeline has no value here: it is known only when the pipeline runs; use it in a step that '
    .. 'takes it as an input')

-- ---- artifacts from outside ----

local GIVE = "expected one of { value = v }, { id = \"...\" }, { pipeline = \"p\", artifact = \"name\" }, "
  .. "{ model_artifact = \"name\" }"
mistake("an external artifact of nothing", "rille.external {} --!",
  "rille.external: give exactly one of value, id, model_artifact, or pipeline and artifact; there is none")
mistake("an external artifact of two things", 'rille.external { value = 0, id = "ab" } --!',
  "rille.external: give exactly one of value, id, model_artifact, or pipeline and artifact; there are 2")
mistake("an external artifact of a text", 'rille.external "x" --!', 'rille.external: ' .. GIVE
  .. ', found "x"')
mistake("an external artifact of a model with the field of another kind",
  'rille.external { artifact = "a", model = "m" } --!',
  'rille.external: for an artifact of a model write { model_artifact = "name", model = "m" }')
mistake("an external artifact with an unknown field", 'rille.external { pipline = "p" } --!',
  'rille.external: unknown field "pipline"; did you mean "pipeline"?')
mistake("an external artifact of a model by a number", "rille.external { model_artifact = 3 } --!",
  'rille.external: model_artifact must be a name, as in { model_artifact = "model", model = "digits" }; found 3')
mistake("an external artifact of a model and a pipeline", 'rille.external { model_artifact = "m", pipeline = "p" } --!',
  'rille.external { model_artifact = ... }: unknown field "pipeline"; available: model, model_artifact, tag, version')
mistake("an external artifact by version and tag",
  'rille.external { pipeline = "p", artifact = "a", tag = "x", version = 1 } --!',
  "rille.external: give version or tag, not both")
mistake("an external artifact by pipeline alone", 'rille.external { pipeline = "p" } --!',
  'rille.external: artifact must be a name, as in { pipeline = "digits", artifact = "train::model" }; found nil')
mistake("an external artifact of version 0", 'rille.external { pipeline = "p", artifact = "a", version = 0 } --!',
  'rille.external: version must be a number from 1, or "latest"; found 0')
mistake("an external artifact by an id that is none", 'rille.external { id = "xyz" } --!',
  'rille.external: id must be a hex digest or the beginning of one, as shown by rille artifact list; found "xyz"')
wiring("an external artifact where nothing has run",
  'train { x = rille.external { pipeline = "q", artifact = "a" } } --!',
  'artifact "a" of pipeline "q" is not there: nothing has run in this project yet')
wiring("an external value of another type", 'train { x = rille.external { value = "one" } } --!',
  'step "train": input "x": expected a number, found "one"')
wiring("an external value as a parameter", "train { x = 1, gamma = rille.external { value = 1 } } --!",
  'step "train": parameter "gamma" was given an external value; a parameter is a plain value; pass the output of a '
    .. 'step to an input')

-- ---- rille itself ----

mistake("a field of rille that there is not", "rille.stp() --!", 'rille has no field "stp"; did you mean "step"?')
mistake("rille.steps of a step that there is not", STEPS .. "print(rille.steps.trian) --!",
  'there is no step "trian"; did you mean "train"?')
mistake("rille.context outside a step", "rille.context() --!", "rille.context: no step is running here")
mistake("rille.file of a missing file", 'rille.file "data/none.csv" --!',
  "rille.file: {dir}/data/none.csv: No such file or directory")
mistake("rille.file of a number", "rille.file(5) --!", "rille.file: expected a path, found 5")
mistake("rille.file of a folder", 'rille.file "." --!', "rille.file: . is a folder, not a file")
mistake("rille.dir of a file", 'rille.dir "main.lua" --!', "rille.dir: main.lua is a file, not a folder")
mistake("rille.open of a string", 'rille.open "x" --!', 'rille.open: expected a table of options, found "x"')
mistake("rille.open of an unknown option", "rille.open { stor = 1 } --!",
  'rille.open: unknown field "stor"; did you mean "store"?')

-- Without the head: what the script forgot is told with the line that makes it.
check.test("rille, or its types, were not required", function()
  for text, message in pairs { ["local s = rille.step 'a' {}"] = "attempt to index a nil value (global 'rille'); "
    .. "write local rille = require \"rille\" above",
    ["local rille = require 'rille' local x = t.number"] =
      "attempt to index a nil value (global 't'); write local t = rille.types above",
    ["local rille = require 'rille' step 'a' {}"] =
      "attempt to call a nil value (global 'step'); write local step = rille.step above",
    ["local f = frame.new {}"] =
      "attempt to index a nil value (global 'frame'); write local frame = require \"rille.frame\" above",
    ["local f = frames.new {}"] = "attempt to index a nil value (global 'frames')" } do
    local project <close> = scratch.new()
    project:write("main.lua", text)
    check.eq(project:rille("run main.lua").err, "rille: main.lua:1: " .. message .. "\n")
  end
end)

-- On the command line.
local function typed(phrase, arguments, code, message, define)
  check.test("typed: " .. phrase, function()
    local project <close> = scratch.new()
    project:write("main.lua", HEAD .. STEPS
      .. (define
        or 'return pipeline "p" { params = { gamma = 0.1 }, inputs = { t.number "n" }, define = function(p, i) '
          .. 'train(i.n) end }')
      .. "\n")
    project:write("c.yaml", arguments:match "yaml (.*)$" or "")
    local r = project:rille("run main.lua " .. arguments:gsub("yaml .*$", "c.yaml"))
    check.eq(r.err, "rille: " .. message:gsub("{dir}", (project.dir:gsub("%%", "%%%%"))) .. "\n")
    check.eq(r.code, code)
  end)
end
typed("--set of a name that there is not", "--set gama=2", 3,
  'pipeline "p": unknown parameter "gama"; did you mean "gamma"?')
typed("--set of an input", "--set n=2", 3,
  'pipeline "p": unknown parameter "n"; it is an input: inputs = { n = ... }, or --input n=PATH')
local PLAIN = 'return pipeline "p" { params = { gamma = 0.1 }, define = function(p) train(source()) end }'
typed("--set of a step that there is not", "--set trian.gamma=1", 3,
  'pipeline "p": there is no step "trian"; did you mean "train"?', PLAIN)
typed("--set of a parameter of a step that there is not", "--set train.gama=1", 3,
  'step "train": unknown parameter "gama"; did you mean "gamma"?', PLAIN)
typed("--set of an input of a step", "--set train.x=1", 3,
  'step "train": unknown parameter "x"; it is an input, which define gives', PLAIN)
typed("--set of another type", "--set gamma=high", 3, 'parameter "gamma": expected a number, found high', PLAIN)
typed("--input of a parameter", "--input gamma=2", 2,
  "--input gamma: a parameter of the pipeline; use --set gamma=VALUE")
typed("--input of a name that there is not", "--input m=2", 2, '--input m: pipeline "p" has no input "m"; available: n')
typed("--input of a value", "--input n=2", 2,
  "--input n=2: {dir}/2: No such file or directory; an input is read from a file; to set a "
    .. "parameter use --set")
typed("--param", "--param gamma=2", 2, "run: unknown option --param; did you mean --set?; see rille help run")
typed("a parameter without a flag", "gamma=2", 2,
  'main.lua has no pipeline "gamma=2"; a parameter is set by --set gamma=2')
typed("a pipeline that there is not", "q", 2, 'main.lua has no pipeline "q"; available: p')
typed("params in YAML", "--config yaml params: { gamma: 2 }", 3,
  'c.yaml:1:1: unknown key "params"; did you mean "parameters"?')
typed("cache in YAML", "--config yaml cache: false", 3, 'c.yaml:1:1: unknown key "cache"; did you mean "enable_cache"?')
typed("a parameter in YAML that there is not", "--config yaml parameters: { gama: 2 }", 3,
  'c.yaml:1:15: pipeline "p": unknown parameter "gama"; did you mean "gamma"?')

-- What pairs shows of the objects of a script: nothing of rille's own.
check.test("pairs shows what a step and a pipeline were defined with, and what a script put on them", function()
  local project <close> = scratch.new()
  project:write("main.lua", HEAD .. STEPS .. [[
local p = pipeline "p" { doc = "d", define = function() source() end }
train.note, p.note = "mine", "mine"
for _, one in ipairs { train, p } do
  for k in pairs(one) do io.write(k, " ") end
  print()
end
]])
  check.eq(project:rille("main.lua").out,
    "command inputs name note outputs params run version \ndefine doc inputs name note params \n")
end)

-- ---- history, after a run ----

local function history(phrase, line, message)
  check.test(phrase, function()
    local project <close> = scratch.new()
    local script = HEAD .. STEPS
      .. 'local p = pipeline "p" { define = function() four() end }\nlocal run = p:run { run_name = "one" }\n' .. line
      .. "\n"
    project:write("main.lua", script)
    local r = project:rille "-q main.lua"
    check.eq(r.err, "rille: main.lua:" .. marked_line(script) .. ": " .. message .. "\n")
    check.eq(r.code, 3, "exit code")
  end)
end
history("rille.artifact of a number", "rille.artifact(5) --!",
  "rille.artifact: expected a name, an id or the beginning of a digest, found 5")
history("rille.artifact of a name that there is not", 'rille.artifact "p::four::e" --!',
  'no artifact named \'p::four::e\'; did you mean "p::four::a"?')
history("rille.pipelines of a name that there is not", "print(rille.pipelines.q) --!",
  'no runs of a pipeline named "q"; available: p')
history("a field of a run that there is not", "print(run.stat) --!",
  'a run has no field "stat"; did you mean "status"?')
history("a step of a run that there is not", "print(run.steps.fuor) --!",
  'run one has no step "fuor"; did you mean "four"?')
history("a field of a step run that there is not", "print(run.steps.four.outputz) --!",
  'a step run has no field "outputz"; did you mean "output"?')
history("the output of a step that has four", "print(run.steps.four.output) --!",
  'step "four" has 4 outputs; write .outputs.NAME with one of a, b, c, d')
history("an output of a step run that there is not", "print(run.steps.four.outputs.e) --!",
  'there is no output "e"; available: a, b, c, d')
history("a field of an artifact that there is not", "print(run.steps.four.outputs.a.sise) --!",
  'an artifact has no field "sise"; did you mean "size"?')

local function outside(phrase, fields, message)
  history(phrase, "pipeline 'q' { define = function()\ntrain { x = rille.external { " .. fields
    .. " } } --!\nend }:run {}", message)
end
outside("an external artifact of a pipeline that there is not", 'pipeline = "pp", artifact = "four::a"',
  'artifact "four::a" of pipeline "pp" is not there: no runs of a pipeline named "pp"; did you mean "p"?')
outside("an external artifact that a pipeline has not", 'pipeline = "p", artifact = "for::a"',
  'pipeline "p" has no artifact "for::a"; did you mean "four::a"?')
outside("an external artifact of a version that there is not", 'pipeline = "p", artifact = "four::a", version = 3',
  'artifact "four::a" of pipeline "p", version 3 is not there: the newest is version 1')
outside("an external artifact by an id that there is not", 'id = "0123456789"',
  "there is no artifact 0123456789; see rille artifact list")
history("an external artifact of another type",
  "pipeline 'q' { define = function()\nsum { xs = run.steps.four.outputs.a } --!\nend }:run {}",
  'step "sum": input "xs" expects list(number), but artifact f80970fc139a is number; write { NODE, ... }')
check.test("rille.external in a running step", function()
  local project <close> = scratch.new()
  project:write("main.lua", HEAD .. 'step "s" { run = function()\nrille.external { value = 1 }\nend } ()')
  check.has(project:rille("-q main.lua").err,
    "main.lua:4: rille.external is for defining or running pipelines, but here a step is running")
end)

check.done()

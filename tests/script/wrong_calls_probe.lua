-- wrong_calls_probe.lua -- calls every method of every class that scripts meet with a dot,
-- every function of every module with a colon, and misspells every name of both.
--
-- It is the main.lua of a project (misuse_test.lua), and writes what came out to
-- probes.txt, fields parted by tabs:
--     names   CLASS   how many   the names
--     probe   CLASS   what was tried   "", or what is wrong with its message
--     raw     CLASS   what was tried   the message of a call with odd arguments that
--                                      speaks of rille's inside
-- A message is right when it begins with the line that called, has all of the words
-- that it needs, and none in which Lua or C speak of their own affairs.

local rille = require "rille"
local t = rille.types
local loaded = {}
for _, name in ipairs { "array", "bayes", "csv", "drift", "forest", "frame", "http", "json", "jsonl", "kmeans",
  "linear", "metrics", "neighbors",
  "pca", "preprocess", "search", "split", "sqlite", "svm", "testing", "tree", "xgboost", "yaml" } do
  loaded[name] = require("rille." .. name)
end
local array, frame = loaded.array, loaded.frame

local FORBIDDEN <const> = { "rawget", "nil value", "bad argument", "bad self", "local 'self'", "upvalue", "rille:",
  "attempt to", "userdata" }

local function put(...)
  local file <close> = io.open("probes.txt", "a")
  file:write(table.concat({ ... }, "\t"), "\n")
end

-- f, called with the arguments that follow, raises in the first line of its body.
local function probe(class, what, words, f, ...)
  local ok, message = pcall(f, ...)
  message = tostring(message)
  local wrong = ok and "there is no error" or ""
  local at = "main.lua:" .. debug.getinfo(f, "S").linedefined + 1 .. ": "
  if not ok and message:sub(1, #at) ~= at then wrong = "it is not at its line" end
  for _, word in ipairs(words) do
    if not ok and not message:find(word, 1, true) then wrong = "it does not say " .. word end
  end
  for _, word in ipairs(FORBIDDEN) do if message:find(word, 1, true) then wrong = "it says " .. word end end
  put("probe", class, what, wrong == "" and "" or wrong .. ": " .. message)
end

local function sorted_names(methods)
  local names = {}
  for name, f in next, methods do
    if type(f) == "function" and type(name) == "string" and name:sub(1, 2) ~= "__" then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

-- The first table of nothing but functions that a function captures: the methods.
local function captured_methods(index)
  for i = 1, 30 do
    local name, up = debug.getupvalue(index, i)
    if not name then return nil end
    local only = type(up) == "table" and next(up) ~= nil
    for _, f in next, only and up or {} do only = only and type(f) == "function" end
    if only then return up end
  end
end

-- `kept` says where the class keeps its methods: "index", in its __index; "class", in
-- the metatable; "none".
local function methods_of(v, kept)
  local class = debug.getmetatable(v)
  if kept == "none" then return {} end
  if kept == "class" then return sorted_names(class) end
  return sorted_names(type(class.__index) == "table" and class.__index or captured_methods(class.__index))
end

local function misspelt(name) return name:sub(1, -2) .. (name:sub(-1) == "q" and "z" or "q") end

-- A name must be found again when one letter is wrong; of short ones others are as near.
local function near(name) return #name > 4 and 'did you mean "' or "has no field" end

-- Calls v[name] with one argument and keeps this line on the stack.
local function dot(v, name, ...)
  local result = v[name](...)
  return result
end

local function read(v, name)
  local result = v[name]
  return result
end

-- Odd values in the first two places, behind self where it is a method.  A call may
-- succeed; a message is not one of rille's own code or of Lua.
local ODD <const> = { n = 12, nil, false, 0, -1, 1.5, "x", {}, { 1 }, { x = 1 }, print, array.zeros(2),
  frame.new { { "x", { 1, 2 } } } }
local RAW <const> = { "rille:lua", "rille:stdlib", "bad argument", "attempt to" }
-- They open another store, run, print, or keep what a materializer cannot.
local LEFT_OUT <const> = { ["rille.open"] = true, ["pipeline.run"] = true, ["testing.test"] = true,
  ["testing.skip"] = true, ["testing.line"] = true, ["testing.count_text"] = true,
  ["testing.message_lines"] = true, ["frame.assemble"] = true, ["graph.print"] = true, ["art.meta"] = true }

local function try_arguments(class, name, f, ...)
  if LEFT_OUT[class .. "." .. name] then return end
  local before = table.pack(...)
  for i = 1, ODD.n do
    for k = 0, ODD.n do
      local args = table.move(before, 1, before.n, 1, {})
      args[before.n + 1] = ODD[i]
      if k > 0 then args[before.n + 2] = ODD[k] end
      local ok, message = pcall(f, table.unpack(args, 1, before.n + (k > 0 and 2 or 1)))
      message = tostring(message)
      for _, word in ipairs(ok and {} or RAW) do
        if message:find(word, 1, true) then
          put("raw", class, string.format("%s(%s, %s)", name, type(ODD[i]), k > 0 and type(ODD[k]) or ""), message)
        end
      end
    end
  end
end

local function probe_value(v, class, kept, fields)
  local names = methods_of(v, kept)
  for _, name in ipairs(names) do try_arguments(class, name, v[name], v) end
  put("names", class, #names, table.concat(names, " "))
  local other = class == "frame" and array.zeros(1) or frame.new {}
  for _, name in ipairs(names) do
    local words = { name .. " is a method", "write ", ":" .. name }
    if name == "extend" then words = { "write ", ":extend" } end
    probe(class, "." .. name .. "()", words, dot, v, name)
    probe(class, "." .. name .. "(2)", words, dot, v, name, 2)
    probe(class, "." .. name .. " 'x'", words, dot, v, name, "x")
    probe(class, "." .. name .. " {}", words, dot, v, name, {})
    probe(class, "." .. name .. "(another value)", words, dot, v, name, other, 1)
    probe(class, ":" .. misspelt(name) .. "()", { near(name) }, read, v, misspelt(name))
  end
  for _, name in ipairs(fields) do probe(class, "." .. misspelt(name), { near(name) }, read, v, misspelt(name)) end
end

-- These take anything, or nothing.
local ANY <const> = { is = true, main = true, context = true, line = true, message_lines = true, count_text = true }

local X, y = array.from { { 0, 0 }, { 0, 1 }, { 5, 5 }, { 5, 6 } }, array.from { 0, 0, 1, 1 }

local function probe_module(module, name)
  local names = sorted_names(module)
  for _, f in ipairs(names) do try_arguments(name, f, module[f]) end
  put("names", name, #names, table.concat(names, " "))
  for _, f in ipairs(names) do
    if not ANY[f] then
      local words = { name .. "." .. f, "write " .. name .. "." .. f .. "(...), with a dot" }
      probe(name, ":" .. f .. "()", words, dot, module, f, module)
      probe(name, ":" .. f .. "(3)", words, dot, module, f, module, 3)
      probe(name, ":" .. f .. " 'x'", words, dot, module, f, module, "x")
      probe(name, ":" .. f .. " {}", words, dot, module, f, module, { 1, 2 })
      probe(name, ":" .. f .. "(X, y)", words, dot, module, f, module, X, y)
    end
    probe(name, "." .. misspelt(f), { near(f) }, read, module, misspelt(f))
  end
end

-- What only a materializer and a step are given.
rille.materializer "boxed" {
  claims = function(v) return type(v) == "table" and v.boxed ~= nil end, version = 1,
  save = function(_, art) art:write("value", "x") probe_value(art, "art", "index", { "members", "version" }) end,
  load = function(art) return { boxed = art:read "value" } end,
}
local one = rille.step "one" { params = { k = 1 }, outputs = { t.number "x" }, run = function() return 1 end }
local two = rille.step "two" {
  inputs = { t.number "x" }, outputs = { t.boxed "z" }, cache = false,
  run = function(_, _, ctx)
    probe_value(ctx, "ctx", "index", { "tmpdir", "pipeline", "params" })
    probe_value(ctx.model, "ctx.model", "index", { "model", "stage" })
    return { boxed = "x" }
  end,
}
local p = rille.pipeline "p" { model = rille.model "m" {}, define = function() two(one()) end }
local run = p:run {}

local f = frame.new { { "x", array.from { 1, 2, 3 } }, { "when", frame.dates { "2026-01-01", "", "2026-01-03" } } }
probe_value(array.zeros(2), "array", "index", { "shape", "dtype", "ndim" })
probe_value(array.builder ".", "builder", "index", {})
local server = assert(loaded.http.listen { port = 0 })
probe_value(server, "http.Server", "index", { "port", "url" })
pcall(server.stop, server, 0.1)
probe_value(f, "frame", "index", { "columns", "n_rows" })
probe_value(f:column "when", "dates", "index", {})
probe_value(loaded.svm.SVC.fit(X, y), "svm.SVC", "index", { "n_support", "gamma", "kernel" })
probe_value(loaded.linear.Regression.fit(X, y), "linear.Regression", "index", { "intercept", "coefficients" })
probe_value(loaded.linear.Logistic.fit(X, y), "linear.Logistic", "index", { "intercepts", "coefficients" })
probe_value(loaded.tree.fit(X, y), "tree.Tree", "index", { "n_leaves", "criterion" })
probe_value(loaded.forest.fit(X, y), "forest.Forest", "index", { "n_estimators", "criterion" })
probe_value(loaded.kmeans.fit(X, { k = 2 }), "kmeans.KMeans", "index", { "centres", "inertia" })
probe_value(loaded.bayes.fit(X, y), "bayes.Bayes", "index", { "priors", "means" })
probe_value(loaded.neighbors.fit(X, y, { n_neighbors = 1 }), "neighbors.Neighbors", "index",
  { "n_neighbors", "weights" })
probe_value(loaded.pca.fit(X), "pca.PCA", "index", { "components", "variance" })
for kind, objective in pairs { Classifier = "logistic", Regressor = "squared" } do
  probe_value(require("boosted").model(objective), "xgboost." .. kind, "index", { "n_estimators", "learning_rate" })
end
local preprocess = loaded.preprocess
local names = { "columns_in", "columns_out", "notes" }
probe_value(preprocess.scale {}:fit(X), "preprocess.Transformer", "index", names)
probe_value(preprocess.chain { preprocess.scale {} }:fit(X), "preprocess.Chain", "index", names)
probe_value(preprocess.chain { loaded.tree }:fit(X, y), "preprocess.ModelChain", "index", { "model", "steps" })
local report = loaded.drift.compare(X, X)
probe_value(report, "drift.Report", "index", { "rows", "columns" })
probe_value(loaded.drift.gate {}, "drift.Gate", "index", { "missing", "alpha" })
probe_value(run.steps.one.output, "artifact", "index", { "digest", "metadata", "producer", "version" })
probe_value(run, "run", "index", { "steps", "status", "parameters" })
probe_value(run.steps.one, "step run", "none", { "outputs", "status", "metrics" })
probe_value(rille.pipelines.p, "pipeline history", "class", { "runs" })
probe_value(rille.models.m, "model history", "none", { "versions", "license" })
probe_value(rille.models.m.versions[1], "model version", "index", { "stage", "metadata", "artifacts" })
probe_value(run:graph(), "graph", "index", { "title", "nodes" })
probe_value(rille.file "main.lua", "file", "index", { "path" })
probe_value(rille.dir ".", "dir", "index", { "path" })
probe_value(one, "step", "class", { "params", "outputs" })
probe_value(p, "pipeline", "class", { "params" })

for name, module in next, loaded do probe_module(module, name) end
probe_module(loaded.svm.SVC, "svm.SVC")
probe_module(loaded.linear.Regression, "linear.Regression")
probe_module(loaded.linear.Logistic, "linear.Logistic")
probe_module(rille, "rille")
for _, name in ipairs { "list", "enum", "any_of" } do
  probe("t", ":" .. name .. " {}", { "write t." .. name .. "(...), with a dot" }, dot, t, name, t, {})
end
probe("t", ":number 'x'", { 'write t.number "NAME"' }, dot, t, "number", t, "x")

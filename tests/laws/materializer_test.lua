-- The laws that every materializer keeps: load(save(v)) equals v, saving twice
-- gives the same bytes, and what is loaded saves as what it was loaded from.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"

local array = require "rille.array"
local folder = require "rille.project.folder"
local frame = require "rille.frame"
local hash = require "rille.host.hash"
local linear = require "rille.linear"
local registry = require "rille.artifact.registry"
local materialize = require "rille.artifact.materialize"
local source = require "rille.project.paths"
local store = require "rille.host.store"
local svm = require "rille.svm"
local sys = require "rille.host.sys"
local preprocess = require "rille.preprocess"
local drift = require "rille.drift"
local boosted = require "boosted"
local pca = require "rille.pca"
local kmeans = require "rille.kmeans"
local deployment = require "rille.deployment"
local bayes, forest, neighbors = require "rille.bayes", require "rille.forest", require "rille.neighbors"
local tree = require "rille.tree"
local types = require "rille.script.types"

local root = assert(sys.make_folder "/tmp/rille-laws-")
local s = assert(store.open(root))
local folders = 0
local env = {
  store = s,
  folder = function()
    folders = folders + 1
    local path = root .. "/files/" .. folders
    assert(sys.mkdirs(path))
    return path
  end,
}

local function bytes_of(artifact)
  local parts = {}
  for i, one in ipairs(artifact.members) do
    parts[i] = one.name .. "=" .. (one.bytes or assert(s:get(one.digest, one.size)))
  end
  return table.concat(parts, "\n")
end

-- eq(a, b): are they the same value?
local function law(name, typ, v, eq)
  check.test(name .. " keeps the laws", function()
    local first, again = materialize.save(v, typ, env), materialize.save(v, typ, env)
    check.eq(bytes_of(first), bytes_of(again), "saved twice")
    check.eq(hash.hex(first.digest), hash.hex(again.digest), "digest")
    local back = materialize.load(first, env)
    if eq then check.ok(eq(back, v), "loaded is not what was saved") else check.eq(back, v) end
    local third = materialize.save(back, typ, env)
    check.eq(hash.hex(third.digest), hash.hex(first.digest), "saved, loaded, saved")
    local size = 0
    for _, one in ipairs(first.members) do
      size = size + one.size
      check.eq(hash.hex(hash.sha256(one.bytes or assert(s:get(one.digest, one.size)))), hash.hex(one.digest),
        "the digest of " .. one.name)
    end
    check.eq(first.size, size, "size")
  end)
end

local t = types.t
local any = t.any
law("nil", any, nil)
for _, v in ipairs { true, false } do law("boolean " .. tostring(v), t.boolean, v) end
for _, v in ipairs { 0, 1, -1, math.maxinteger, math.mininteger } do law("integer " .. v, t.integer, v) end
for _, v in ipairs { 0.0, -0.0, 1.0, 0.1, 1e308, 5e-324, 1 / 0, -1 / 0, 0 / 0, 1 / 3 } do
  law("number " .. tostring(v), t.number, v,
    function(a, b) return string.pack("<d", a) == string.pack("<d", b) or (a ~= a and b ~= b) end)
end
for _, v in ipairs { "", "text", "line\nline", "\0\1\2", "ünï", "\xff\xfe", string.rep("x", 5000),
  string.rep("\0", 100000) } do
  law("string of " .. #v .. " bytes", t.string, v)
  law("bytes of " .. #v, t.bytes, v)
end
law("an empty table", t.table, {})
law("a table with everything", t.table, {
  1, 2.0, "three", { four = { 5 } }, n = -0.0, inf = 1 / 0, [true] = "yes", [3.5] = "float", [100] = "sparse",
  ["$number"] = "nan", bytes = "\xff", empty = {},
})
law("a large table", t.table, (function()
  local big = {}
  for i = 1, 5000 do big[i] = { i, i / 3, "s" .. i } end
  return big
end)())
law("a table as any", any, { 1, { 2 } })
law("a list of integers", t.list(t.integer), { 3, 1, 2 })
law("an empty list", t.list(t.integer), {})
law("a list of arrays", t.list(t.array), { array.from { 1, 2 }, array.from { { 1.5 }, { 2.5 } } },
  function(a, b) return #a == #b and a[1] == b[1] and a[2] == b[2] end)

local function same(a, b) return a == b end
law("a table with arrays, frames, models and null at any depth", t.table, {
  mean = array.from { 1, 2 }, n = 1, none = require("rille.json").null, list = { array.from { 3 }, "x", false },
  deep = { { [7] = { [true] = array.random({ 200, 300 }, 7) }, [2.5] = frame.new { { "s", { "a", "b" } } } } },
}, function(a, b)
  return a.mean == b.mean and a.n == 1 and a.none == b.none and a.list[1] == b.list[1] and a.list[2] == "x"
    and a.list[3] == false and a.deep[1][7][true] == b.deep[1][7][true]
    and frame.digest(a.deep[1][2.5]) == frame.digest(b.deep[1][2.5])
end)
law("a list of tables with arrays", t.list(t.table), { { x = array.from { 1 } }, { x = 2 } },
  function(a, b) return a[1].x == b[1].x and a[2].x == 2 and #a == 2 end)
check.test("damaged parts of a table are told", function()
  local whole = materialize.save({ a = { array.from { 1 } } }, t.table, env)
  local function refused(name, bytes, text)
    local members = {}
    for i, one in ipairs(whole.members) do
      members[i] = { name = one.name, digest = one.digest, size = one.size,
        bytes = one.name == name and bytes or one.bytes }
    end
    check.raises(function()
      materialize.load({ materializer = "table", version = 2, members = members }, env)
    end, text)
  end
  local part = '[{"path":%s,"type":"array","version":1}]'
  refused("parts.json", "[5]", "parts.json: part 1 is not in the artifact")
  refused("parts.json", '[{"path":["a",1],"version":1}]', "parts.json: part 1 is not in the artifact")
  for _, path in ipairs { '[]', '["a"]', '["b",1]', '["a",1,2]', '["a",[]]' } do
    refused("parts.json", part:format(path), "parts.json: value.json has no place for a part")
  end
  refused("value.json", "5", "value.json: holds 5, expected a table")
  refused("value.json", "{}", "parts.json: value.json has no place for a part")
  check.raises(function()
    materialize.load({ materializer = "table", version = 3, members = whole.members }, env)
  end, 'saved by version 3 of materializer "table", but this is version 2')
end)
check.test("plain tables are saved as format 1, others as format 2", function()
  check.eq(materialize.save({ 1, { x = {} } }, t.table, env).version, 1)
  local two = materialize.save({ 1, { x = array.from { 1 } } }, t.table, env)
  check.eq({ two.materializer, two.version, #two.members }, { "table", 2, 3 })
  check.eq(two.preview, "table with 2 fields: 1, {x = i64 array of 1}")
  -- a map's items are the elements of a list
  local items, message = require("rille.artifact.list_items").of(two, any "x", env, env)
  check.eq(items, nil)
  check.has(message, "declare the output as t.list(T)")
end)
for _, dtype in ipairs { "u8", "i32", "i64", "f32", "f64" } do
  law("a vector of " .. dtype, t.array, array.arange(1, 9):astype(dtype), same)
  law("a matrix of " .. dtype, t.array, array.arange(1, 12):astype(dtype):reshape { 3, 4 }, same)
end
law("an array of bool", t.array, array.from({ true, false, true }, "bool"), same)
law("an array of shape 0 x 3", t.array, array.zeros { 0, 3 }, same)
law("an array that is mapped when loaded", t.array, array.random({ 200, 300 }, 7), same)
law("a view of every other column", t.array, array.random({ 200, 300 }, 7):transpose(), same)

law("a frame", t.frame,
  frame.new { { "x", array.from { 1, 2, 3 } }, { "name", { "a", "b", "ü" } }, { "y", array.from { 0.5, 0 / 0, 1.5 } } },
  function(a, b) return frame.digest(a) == frame.digest(b) end)
law("a frame with dates", t.frame,
  frame.new { { "d", frame.dates { "2026-11-22", "", "1969-07-20T20:17:40" } }, { "n", { 1, 2, 3 } } },
  function(a, b) return frame.digest(a) == frame.digest(b) and a:column "d":totable()[2] == "" end)
law("a frame whose columns are mapped when loaded", t.frame,
  frame.new { { "x", array.random(20000, 3) }, { "d", frame.dates(array.arange(20000) * 1000) } },
  function(a, b) return frame.digest(a) == frame.digest(b) end)
law("a frame without rows", t.frame, frame.new { { "x", array.zeros { 0 } }, { "s", {} } },
  function(a, b) return frame.digest(a) == frame.digest(b) end)

do
  local words = {}
  for i = 1, 60 do words[i] = ({ "a", "b", "", " ", "\xff" })[i % 5 + 1] end
  local f = frame.new { { "x", array.random(60, 1) }, { "s", words }, { "n", array.arange(60) },
    { "d", frame.dates(array.arange(60) * 86400000) }, { "$number", array.random(60, 2):lt(0.5) } }
  law("a drift report", t.drift_report, drift.compare(f:rows(1, 30), f:rows(31, 60):drop { "n" }), same)
  law("a drift report without rows as any", any, drift.compare(f, f:rows(1, 60):filter { x = 2 }), same)
end

do
  local X = array.random({ 40, 3 }, 1)
  local y = X:column(1):lt(X:column(2)):astype "i64"
  local function same(a, b)
    if type(a) == "table" then return table.concat(a, ",") == table.concat(b, ",") end
    return a == b
  end
  local function same_model(a, b) return a:dump() == b:dump() and same(a:predict(X), b:predict(X)) end
  local named = {}
  for i, label in ipairs(y:totable()) do named[i] = label == 1 and "yes" or "no" end
  law("a deployment", t.deployment, deployment.named("digits", "wines"))
  law("a deployment of any model", any, deployment.named "d-1_x.y")
  law("an svm", t.svm, svm.SVC.fit(X, y, { gamma = 0.5 }), same_model)
  law("a logistic regression", t.linear, linear.Logistic.fit(X, y, { C = 3.0 }), same_model)
  law("a linear regression", t.linear, linear.Regression.fit(X, X:column(3), { ridge = 0.25 }), same_model)
  law("nearest neighbors", t.neighbors, neighbors.fit(X, y, { weights = "distance" }), same_model)
  law("k-means", t.kmeans, kmeans.fit(X, { k = 3 }), same_model)
  law("a tree of named classes", t.tree, tree.fit(X, named), same_model)
  law("naive Bayes of named classes", t.bayes, bayes.fit(X, named), function(a, b)
    return a:dump() == b:dump() and table.concat(a:predict(X)) == table.concat(b:predict(X))
  end)
  law("principal components", t.pca, pca.fit(X, { n_components = 2 }),
    function(a, b) return a:dump() == b:dump() and a:transform(X) == b:transform(X) end)
  law("boosted trees", t.xgboost, boosted.model "logistic", function(a, b) return a:dump() == b:dump() end)
  law("boosted trees for numbers", t.xgboost, boosted.model "squared", function(a, b) return a:dump() == b:dump() end)
  law("naive Bayes", t.bayes, bayes.fit(X, y), same_model)
  law("a forest", t.forest, forest.fit(X, y, { n_estimators = 5, class_weight = "balanced" }), same_model)
  law("a forest as a classifier", t.classifier, forest.fit(X, y:astype "bool", { n_estimators = 2 }), same_model)
  law("a tree with weights", t.tree, tree.fit(X, y, { class_weight = { [1] = 2 } }), same_model)
  law("a tree", t.tree, tree.fit(X, y, { max_depth = 4 }), same_model)
  local scale = preprocess.scale { method = "robust" }
  law("a transformer", t.transformer, scale:fit(X), function(a, b)
    return a:dump() == b:dump() and a:transform(X) == b:transform(X)
  end)
  law("a transformer that is not fitted", any, preprocess.one_hot { 1, unknown = "other" },
    function(a, b) return a == b and a.columns_out == nil end)
  law("a chain", any, preprocess.chain { scale, preprocess.bins {} }:fit(X), function(a, b)
    return a:dump() == b:dump() and a:transform(X) == b:transform(X)
  end)
  law("a chain with a model", t.transformer, preprocess.chain { scale, { svm.SVC, C = 3 } }:fit(X, y), same_model)
  law("a chain with a model as a classifier", t.classifier, preprocess.chain { scale, tree }:fit(X, y), same_model)
  law("a tree as any", any, tree.fit(X, y, { criterion = "entropy", seed = 3 }), same_model)
  law("a tree as a classifier", t.classifier, tree.fit(X, y:astype "bool"), same_model)
end

do
  local path = root .. "/some file.txt"
  assert(sys.write_file(path, "hello\n"))
  law("a file", t.file, source.file_at(path), function(a, b) return a.name == b.name and a:read() == b:read() end)
  local dir = root .. "/dir"
  assert(sys.mkdirs(dir .. "/sub/empty"))
  assert(sys.write_file(dir .. "/a", "1"))
  assert(sys.write_file(dir .. "/sub/b", string.rep("2", 10000)))
  assert(sys.write_file(dir .. "/tool", "#!/bin/sh\n"))
  assert(sys.make_executable(dir .. "/tool"))
  assert(sys.make_link("tool", dir .. "/sub/../link"))
  assert(sys.make_link("/nonexistent/place", dir .. "/sub/nowhere"))
  for _, name in ipairs { "a\\b", "tab\there", "line\nline", "50%25 off", "latin \xe9", "\xff\xfe", "ünï",
    ("n"):rep(255), "\1\31\127" } do
    assert(sys.write_file(dir .. "/" .. name, name))
  end
  local function described(d)
    local tree, parts = folder.read(d.path), {}
    for _, name in ipairs(tree.files) do
      parts[#parts + 1] = name .. "=" .. assert(sys.read_file(d.path .. "/" .. name))
    end
    for _, link in ipairs(tree.links) do parts[#parts + 1] = link[1] .. "->" .. link[2] end
    return table.concat(parts, "\0") .. "\0\0" .. table.concat(tree.folders, "\0") .. "\0\0"
      .. table.concat(tree.executable, "\0")
  end
  law("a folder", t.dir, source.dir_at(dir), function(a, b) return described(a) == described(b) end)
  for _, name in ipairs { "tool", "50%25 off", "a\\b", "latin \xe9", "executable", ("n"):rep(255) } do
    if not sys.stat(dir .. "/" .. name) then assert(sys.write_file(dir .. "/" .. name, "x")) end
    law("the file " .. name:sub(1, 20), t.file, source.file_at(dir .. "/" .. name), function(a, b)
      return a.name == b.name and a:read() == b:read() and folder.is_executable(a.path) == folder.is_executable(b.path)
    end)
  end
end

-- a custom one
do
  local Point = { __name = "point" }
  Point.__index = Point
  Point.__eq = function(a, b) return a.x == b.x and a.y == b.y end
  registry.define "point" {
    class = Point, version = 2,
    save = function(p, art) art:write("point.txt", p.x .. " " .. p.y) art:meta { norm = p.x + p.y } end,
    load = function(art)
      local x, y = art:read("point.txt"):match "(%S+) (%S+)"
      return setmetatable({ x = tonumber(x), y = tonumber(y) }, Point)
    end,
  }
  law("a custom class", t.point, setmetatable({ x = 1, y = 2 }, Point), same)
  law("a custom class as any", any, setmetatable({ x = 1, y = 2 }, Point), same)
  check.test("an artifact from a newer format is refused", function()
    local artifact = materialize.save(setmetatable({ x = 1, y = 2 }, Point), any, env)
    artifact.version = 3
    check.raises(function() materialize.load(artifact, env) end, "saved by version 3")
  end)
end

check.test("functions, coroutines and tables with unknown metatables are refused", function()
  check.raises(function() materialize.save(print, any, env) end, "no materializer")
  check.raises(function() materialize.save(coroutine.create(print), any, env) end, "no materializer")
  check.raises(function() materialize.save(setmetatable({}, {}), any, env) end, "no materializer")
  check.raises(function() materialize.save({ f = print }, any, env) end, "f")
end)

check.test("a member's name cannot lead out of the artifact", function()
  for _, name in ipairs { "../x", "/x", "a/../b", "", "a//b", "." } do
    local Bad = { __name = "bad" }
    local m = { type = "bad", version = 1, classes = { Bad }, save = function(_, art) art:write(name, "x") end }
    check.raises(function() materialize.save(setmetatable({}, Bad), any, env, m) end, "relative path")
  end
end)

check.test("a frame that version 1 kept still loads, without dates", function()
  local members = {
    ["frame.json"] = '{"columns":[{"name":"x","kind":"array"},{"name":"s","kind":"strings"}],"rows":2}',
    ["columns/1.npy"] = array.tonpy(array.from { 1, 2 }), ["columns/2.json"] = '["a","2026-11-22"]',
  }
  local art = { version = 1, read = function(_, name) return members[name] end, map = function() return nil end }
  local f = require "rille.materializers.frame".load(art)
  check.ok(f == frame.new { { "x", { 1, 2 } }, { "s", { "a", "2026-11-22" } } })
end)

-- What load says of bytes that are not its format: a reason, at once.
local CUTS = {
  function() return "" end, function() return "x" end, function(b) return b:sub(1, #b // 2) end,
  function(b) return b .. "x" end,
  function() return "\0\0\0\0" end, function() return "{" end, function() return "[1" end, function() return "null" end,
  function() return "7" end,
  function(b) return b:reverse() end, function(b) return ("A"):rep(#b) end, function(b) return b:sub(2) end,
  function(b) return b:gsub("%d", "9") end,
}

local function with_bytes(artifact, k, bytes)
  local members = {}
  for i, one in ipairs(artifact.members) do
    members[i] = { name = one.name, size = one.size, digest = one.digest, bytes = one.bytes
      or assert(s:get(one.digest, one.size)) }
  end
  members[k].bytes = bytes
  return materialize.of_members(artifact.materializer, artifact.version, members)
end

local function refuses_bad_bytes(name, typ, v)
  check.test(name .. ": load says why it cannot read a member", function()
    local artifact, refused = materialize.save(v, typ, env), 0
    for k = 1, #artifact.members do
      for i, cut in ipairs(CUTS) do
        local one = artifact.members[k]
        local bad = with_bytes(artifact, k, (cut(one.bytes or s:get(one.digest, one.size))))
        local fine, message = pcall(materialize.load, bad, env)
        if not fine then
          refused = refused + 1
          local text = string.format("%s, cut %d: %s", one.name, i, tostring(message))
          check.ok(type(message) == "string" and #message > 15, text)
          check.ok(not message:find "raised nil" and not message:find "attempt to", text)
        end
      end
    end
    check.ok(refused >= 8, refused .. " refused")
  end)
end

do
  local X, y = array.from { { 0, 0 }, { 1, 1 }, { 0, 1 }, { 5, 5 }, { 6, 5 }, { 5, 6 } },
    array.from { 0, 0, 0, 1, 1, 1 }
  refuses_bad_bytes("boolean", t.boolean, true)
  refuses_bad_bytes("integer", t.integer, 7)
  refuses_bad_bytes("number", t.number, 1.5)
  refuses_bad_bytes("table", t.table, { a = 1 })
  refuses_bad_bytes("list", t.list(t.integer), { 1, 2 })
  refuses_bad_bytes("a list of arrays", t.list(t.array), { array.from { 1, 2 }, array.from { 3 } })
  refuses_bad_bytes("array", any, array.from { 1, 2, 3 })
  refuses_bad_bytes("a large array", any, array.zeros { 20000 })
  refuses_bad_bytes("frame", any, frame.new { { "a", array.from { 1, 2 } }, { "b", { "x", "y" } } })
  refuses_bad_bytes("svm", any, svm.SVC.fit(X, y, {}))
  refuses_bad_bytes("deployment", any, deployment.named("digits", "wines"))
  refuses_bad_bytes("kmeans", any, kmeans.fit(X, { k = 2 }))
  refuses_bad_bytes("bayes", any, bayes.fit(X, y))
  refuses_bad_bytes("neighbors", any, neighbors.fit(X, y, { n_neighbors = 3 }))
  refuses_bad_bytes("forest", any, forest.fit(X, y, { n_estimators = 3 }))
  refuses_bad_bytes("pca", any, pca.fit(X))
  refuses_bad_bytes("xgboost", any, boosted.model "logistic")
  refuses_bad_bytes("tree", any, tree.fit(X, y, {}))
  refuses_bad_bytes("transformer", any, preprocess.chain { preprocess.scale {}, tree }:fit(X, y))
  refuses_bad_bytes("drift report", any, drift.compare(X, X:slice(1, 3)))
  refuses_bad_bytes("linear", any, linear.Logistic.fit(X, y, {}))
end

s:close()
sys.remove(root)
check.done()

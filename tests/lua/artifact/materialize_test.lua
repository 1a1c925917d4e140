-- materialize_test.lua -- values to artifacts and back, with a store in memory:
-- rille.artifact.materialize, artifact_io.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local artifact_io = require "rille.artifact.artifact_io"
local hash = require "rille.host.hash"
local materialize = require "rille.artifact.materialize"
local registry = require "rille.artifact.registry"
local t = require "rille.script.types".t

local function memory()
  local objects = {}
  return {
    objects = objects,
    put = function(_, bytes)
      local digest = hash.sha256(bytes)
      objects[digest] = bytes
      return digest, #bytes
    end,
    get = function(_, digest)
      if objects[digest] then return objects[digest] end
      return nil, "it is not there", -4
    end,
  }
end

local function count(list)
  local n = 0
  for _ in next, list do n = n + 1 end
  return n
end

check.test("a small value is kept in the artifact, a large one in the store", function()
  local env = { store = memory() }
  local small, large = materialize.save("ab", t.string, env), materialize.save(("x"):rep(5000), t.string, env)
  check.eq({ small.type, small.size, #small.members, #small.members[1].bytes }, { "string", 2, 1, 2 })
  check.eq({ large.size, large.members[1].bytes, count(env.store.objects) }, { 5000, nil, 1 })
  check.eq({ materialize.load(small, env), #materialize.load(large, env) }, { "ab", 5000 })
end)

check.test("the digest is that of the content: of equal values it is equal", function()
  local env = { store = memory() }
  local function digest(v) return materialize.save(v, t.any, env).digest end
  check.ok(digest { a = 1, b = { 2 } } == digest { b = { 2 }, a = 1 })
  check.ok(digest(1) ~= digest(1.0) and digest "1" ~= digest(1))
  local saved = materialize.save(("y"):rep(9000), t.bytes, env)
  check.ok(materialize.of_members("bytes", saved.version, saved.members).digest == saved.digest)
end)

check.test("an artifact that the store has lost says so", function()
  local env = { store = memory() }
  local saved = materialize.save(("z"):rep(5000), t.string, env)
  env.store.objects[saved.members[1].digest] = nil
  check.raises(function() materialize.load(saved, env) end, "it is not there")
  check.eq(env.lost, true)
end)

check.test("a materializer of the script writes members, metadata and a preview", function()
  local Pair = {}
  registry.define "pair" {
    class = Pair, version = 3,
    save = function(v, art)
      art:write("a/first", v[1])
      art:write("b", v[2])
      art:meta { n = 2 }
      art:text("%d members", 2)
    end,
    load = function(art) return setmetatable({ art:read "a/first", art:read "b" }, Pair) end,
  }
  local env = { store = memory() }
  local saved = materialize.save(setmetatable({ "one", "two" }, Pair), t.any, env)
  check.eq({ saved.type, saved.version, saved.size, saved.preview, saved.metadata },
    { "pair", 3, 6, "2 members", '{"n":2}' })
  local loaded = materialize.load(saved, env)
  check.eq({ loaded[1], loaded[2], getmetatable(loaded) == Pair }, { "one", "two", true })
  saved.version = 4
  check.raises(function() materialize.load(saved, env) end,
    'saved by version 4 of materializer "pair", but this is version 3')
  registry.remove("pair", nil)
  check.raises(function() materialize.load(saved, env) end,
    'has type "pair", for which this script has no materializer')
end)

check.test("the name of a member is a relative path, written once", function()
  local art = artifact_io.new({ store = memory() }, {}, 1)
  art:write("a", "1")
  check.raises(function() art:write("a", "2") end, 'the member "a" is written twice')
  check.raises(function() art:write("../a", "2") end, "it has . or .. in it")
  check.raises(function() art:write("staged/a", "2") end, "staged/ is for what steps stage")
  check.raises(function() art:write("b", 5) end, 'member "b": expected bytes (a string), found 5')
  check.raises(function() art:read "aa" end, 'the artifact has no member "aa"')
  check.raises(function() art.write("b", "x") end, "with a colon")
end)

check.done()

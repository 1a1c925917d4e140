-- snapshot_test.lua -- what differs between what two keys of a step are made of: rille.query.key_parts.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local key_parts = require "rille.query.key_parts"

-- A key_parts with few fields.
local function taken(fields)
  local s = { params = {}, inputs = {}, noted = {}, leaves = {}, keys = "k1", sources = function() end }
  for k, v in pairs(fields or {}) do s[k] = v end
  return s
end

local function changes(before, now)
  local list = key_parts.compare(taken(before), taken(now))
  for i, one in ipairs(list) do list[i] = one.what end
  return table.concat(list, "; ")
end

local function leaf(path, digest, extra)
  local l = { path = path, digest = digest, kind = "function" }
  for k, v in pairs(extra or {}) do l[k] = v end
  return l
end

check.test("nothing differs between equal snapshots", function()
  check.eq(changes(), "")
  check.eq(changes({ params = { a = 1, b = { 1, 2 } } }, { params = { a = 1, b = { 1, 2 } } }), "")
end)

check.test("parameters are told with both values", function()
  check.eq(changes({ params = { a = 1, b = "x" } }, { params = { a = 2, b = "x" } }), "parameter a 1 -> 2")
  check.eq(changes({ params = { a = 1 } }, { params = { a = 1.0, c = true } }),
    "parameter a 1 -> 1.0; parameter c (none) -> true")
end)

check.test("inputs are told by port, and how many of a list", function()
  check.eq(changes({ inputs = { x = { "a" } } }, { inputs = { x = { "b" } } }), "input x changed")
  check.eq(changes({ inputs = { x = { "a", "b", "c" } } }, { inputs = { x = { "a", "x", "c" } } }),
    "input x changed (1 of 3 artifacts)")
  check.eq(changes({ inputs = { x = { "a" } } }, { inputs = { x = { "a", "b" } } }),
    "input x changed (1 artifact -> 2)")
  check.eq(changes({ inputs = { x = { "a" } }, noted = { x = { "1" } } },
    { inputs = { x = { "a" } }, noted = { x = { "2" } } }), "the metadata of input x changed")
end)

check.test("code is told by the function that changed, with its lines", function()
  local at = { source = "@main.lua", line = 1, last = 2 }
  local function source(text) return function(path) return path == "main.lua" and text or nil end end
  local before = taken { leaves = { leaf("f", "1", at) }, sources = source "return 1\nend\n" }
  local now = taken { leaves = { leaf("f", "2", at) }, sources = source "return 2\nend\n" }
  local list = key_parts.compare(before, now)
  check.eq({ #list, list[1].what }, { 1, "its code (main.lua:1) changed" })
  check.eq({ list[1].lines[1], list[1].lines[2] }, { { "-", "return 1" }, { "+", "return 2" } })
  check.eq(key_parts.body(now, now.leaves[1]), "return 2\nend")
  local own = leaf("f", "1")
  check.eq(changes({ leaves = { own, leaf("f.g", "1") } }, { leaves = { own, leaf("f.g", "2"), leaf("f.h", "3") } }),
    "captured function f.g changed; captured function f.h is new")
  check.eq(changes({ leaves = { own, leaf("f.n", "1", { kind = "value", text = "1" }) } },
    { leaves = { own, leaf("f.n", "2", { kind = "value", text = "2" }) } }), "captured f.n 1 -> 2")
  check.eq(changes({ leaves = { own, leaf("f.g", "1") } }, { leaves = { own } }), "captured f.g is gone")
end)

check.test("two names of one value are told as such", function()
  local function alias(text) return { path = "f.t", kind = "alias", text = text } end
  local own = leaf("f", "1")
  check.eq(changes({ leaves = { own } }, { leaves = { own, alias "the same as f.s" } }),
    "captured f.t is the same as f.s")
  check.eq(changes({ leaves = { own, alias "the same as f.s" } }, { leaves = { own, leaf("f.t.x", "2") } }),
    "captured f.t is no longer the same as f.s")
end)

check.test("commands, versions, ports and materializers", function()
  check.eq(changes({ command = "ls a" }, { command = "ls b" }), "command changed: ls a -> ls b")
  check.eq(changes({}, { command = "ls" }), "it is now a command")
  check.eq(changes({ command = "ls" }, {}), "it is now a function")
  check.eq(changes({ version = 1 }, { version = 2 }), "version 1 -> 2")
  check.eq(changes({ ports = "a" }, { ports = "b" }), "the names or types of its ports changed")
  check.eq(changes({ save = "a" }, { save = "b" }), "a materializer of its ports changed")
end)

check.test("keys of another format say that first, and nothing of digests that they do not share", function()
  local list = changes({ keys = "k0", leaves = { leaf("f", "1") }, save = "a" },
    { leaves = { leaf("f", "2") }, save = "b" })
  check.eq(list, require("rille.cache.key").EARLIER)
end)

check.done()

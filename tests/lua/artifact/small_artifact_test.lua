-- small_artifact_test.lua -- an artifact as a list reads like one with names.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local hash = require "rille.host.hash"
local materialize = require "rille.artifact.materialize"
local small = require "rille.artifact.small_artifact"
local types = require "rille.script.types"

local FIELDS <const> = { "digest", "type", "materializer", "version", "preview", "size", "members", "metadata", "row" }

local function saved(v, kind) return materialize.save(v, kind, { store = require "rille.artifact.null_store" }) end

check.test("it has the fields of the one with names, and no others", function()
  for _, one in ipairs { saved(17, types.t.integer), saved("text", types.t.string) } do
    local list = small.of(small.list_of(one))
    for _, field in ipairs(FIELDS) do check.eq(list[field], one[field], field) end
    check.eq(small.with_names(list), one)
    check.eq(getmetatable(small.with_names(list)), nil)
    check.eq(small.list_of(list), small.list_of(one))
    check.eq(getmetatable(small.list_of(list)), nil)
  end
end)

check.test("more than one small value is no list", function()
  local one = saved(17, types.t.integer)
  local function with(fields)
    local copy = {}
    for k, v in pairs(one) do copy[k] = v end
    for k, v in pairs(fields) do copy[k] = v end
    return copy
  end
  local member = one.members[1]
  check.eq(small.list_of(with { metadata = "{}" }), nil)
  check.eq(small.list_of(with { members = { member, member } }), nil)
  check.eq(small.list_of(with { members = {} }), nil)
  check.eq(small.list_of(with { members = { { name = "x", digest = hash.sha256 "x", size = 1 } } }), nil)
  local large = with { metadata = "{}" }
  check.eq(small.with_names(large), large)
  check.eq(small.with_names(nil), nil)
end)

check.done()

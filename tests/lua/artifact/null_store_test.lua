-- null_store_test.lua -- the store of a plan tells the same digests as the real one and keeps nothing.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local array = require "rille.array"
local array_file = require "rille.artifact.array_file"
local hash = require "rille.host.hash"
local null_store = require "rille.artifact.null_store"
local scratch = require "scratch"
local store = require "rille.host.store"

local project <close> = scratch.new()
local real <close> = assert(store.open(project:path "store"))

check.test("what is put has the digest and the size of the real store", function()
  for _, bytes in ipairs { "", "a", ("long "):rep(100000) } do
    check.eq({ null_store:put(bytes) }, { real:put(bytes) })
  end
  project:write("file", "content")
  check.eq({ null_store:put_file(project:path "file") }, { real:put_file(project:path "file") })
  check.eq((null_store:put_file(project:path "absent")), nil)
end)

check.test("what is written in pieces is one object", function()
  local writer <close> = null_store:begin()
  check.eq(writer:write "ab", writer)
  writer:write "cd"
  check.eq({ writer:finish() }, { hash.sha256 "abcd", 4 })
end)

check.test("a large array can be saved in it", function()
  local a, saved = array.arange(100000), {}
  for i, one in ipairs { null_store, real } do
    array_file.save({ write_chunks = function(_, _, feed, raw)
      local w = assert(one:begin(raw))
      feed(function(bytes) assert(w:write(bytes)) end, w)
      saved[i] = { w:finish() }
    end }, "a.npy", a)
  end
  check.eq(saved[1], saved[2])
end)

check.done()

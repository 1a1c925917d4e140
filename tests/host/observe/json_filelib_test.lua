-- json.read and json.write: a value in a file.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local json = require "rille.json"
local scratch = require "scratch"

local folder <close> = scratch.new()
local function path(name) return folder.dir .. "/" .. name end

local function hex(digits) return (digits:gsub("%x%x", function(h) return string.char(tonumber(h, 16)) end)) end

local function read(bytes, options)
  folder:write("v.json", bytes)
  return json.read(path "v.json", options)
end

check.test("a value is what it was when it is written and read", function()
  local v = { a = { 1, 2.5, "ö", json.array {}, true }, b = { c = json.object {} } }
  json.write(v, path "w.json")
  check.eq(folder:read "w.json", '{"a":[1,2.5,"ö",[],true],"b":{"c":{}}}\n')
  check.eq(json.read(path "w.json"), v)
  json.write({ 1 }, path "w.json", { indent = 2 })
  check.eq(folder:read "w.json", "[\n  1\n]\n")
  json.write(json.null, path "w.json")
  check.eq(json.read(path "w.json"), json.null)
end)

check.test("a file is unpacked and decoded by its content, or by the option encoding", function()
  -- {"x":1}, a line feed and {"x":2} of which the second is too many
  local gzip = hex "1f8b0800000000000003ab56aa50b232ace5aa06d146b55c00195067f510000000"
  check.raises(function() read(gzip) end, "v.json:2:1: more text after the value")
  check.eq(read "\xef\xbb\xbf [1]", { 1 })
  check.eq(read "\xff\xfe[\0001\0]\0", { 1 })
  check.eq(read "\xfe\xff\0[\0001\0]", { 1 })
  check.eq(read("\0[\0001\0]", { encoding = "utf-16be" }), { 1 })
  check.eq(read('["\xf6"]', { encoding = "latin-1" }), { "ö" })
  check.eq(read('["\xf6"]', { encoding = "iso-8859-1" }), { "ö" })
  check.eq(read('["\x80"]', { encoding = "windows-1252" }), { "€" })
end)

check.test("what is wrong is told with the file, the line and the column, at the script's line", function()
  local function told(fn, said) check.has(check.raises(fn, said), "json_filelib_test.lua:") end
  local function bad(bytes, said, options) told(function() read(bytes, options) end, "v.json" .. said) end
  bad("", ":1:1: the text ends, but a value is expected")
  bad('{\n "a": }', ":2:7: ")
  bad('{\n "ö": "\xf6" }', ':2:8: the byte 0xF6 is not UTF-8; for Western European text use encoding = "latin-1"')
  bad("[\0001\0]\0", ' looks like UTF-16 without a mark: encoding = "utf-16le" reads it')
  bad("SQLite format 3\0", " looks like an SQLite database: export it as JSON")
  bad("\x1f\x8b\x08", ": the gzip file ends early; is it cut off?")
  bad("[1]", ": the text ends within a character of UTF-16", { encoding = "utf-16" })
  told(function() json.read(path "none.json") end, "none.json: No such file or directory")
  told(function() json.read(folder.dir) end, "it is a folder, not a file")
  told(function() json.read(path "v.json", { encoding = "latin" }) end, 'json.read: encoding: there is no "latin"')
  told(function() json.read(path "v.json", { header = 1 }) end, "the only option is encoding")
  told(function() json.read(path "v.json", { encoding = 1 }) end, "encoding must be a string")
  told(function() json.read(path "v.json", "latin-1") end, "expected options, as { encoding = ")
  told(function() json.read() end, "json.read")
  told(function() json:read "x" end, "json.read")
  told(function() json.write(path "w.json", { 1 }) end, "json.write")
  told(function() json.write({ 1 }, path "w.json", { encoding = "x" }) end, "the only option is indent")
  told(function() json.write({ 0 / 0 }, path "w.json") end, "NaN cannot be written as JSON")
  told(function() json.write({ 1 }, path "none/w.json") end, "none/w.json: No such file or directory")
end)

check.test("a step that reads or writes JSON runs again when the file changed", function()
  local p <close> = scratch.script([[
    local json = require "rille.json"
    local read = step "read" { outputs = { t.integer "n" }, run = function() return #json.read "in.json" end }
    local write = step "write" { outputs = { t.integer "n" }, run = function()
      json.write({ 1 }, "out.json")
      return 1
    end }
    return pipeline "main" { define = function() read {} write {} end }]], { ["in.json"] = "[1]" })
  p:ok "run main.lua -q"
  p:ok "run main.lua -q"
  check.eq(p:statuses(), "read=cached write=cached")
  p:write("in.json", "[1, 2]")
  p:sh "rm out.json"
  p:ok "run main.lua -q"
  check.eq(p:statuses(), "read=completed write=completed")
  check.eq(p:ok "artifact get main::read::n", "2")
  check.eq(p:read "out.json", "[1]\n")
end)

check.done()

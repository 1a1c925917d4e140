-- What is said of files that are no Lua scripts.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local not_lua = require "rille.run.not_lua"

local function said(name, text) return not_lua.explain("@" .. name, text, "MESSAGE") end

check.test("a file of another kind is named by its content", function()
  for text, kind in pairs { ["\127ELF\2"] = "a program in machine code", ["PK\3\4"] = "a zip archive",
    ["\31\139\8"] = "a gzip file", ["\255\254l\0"] = "text in UTF-16; save it as UTF-8", ["a\0b"] = "a binary file",
    ["\40\181\47\253"] = "a zstd file", ["\137PNG"] = "a PNG image", ["SQLite format 3\0"] = "an SQLite database",
    ["\147NUMPY"] = "a NumPy array", ["%PDF-1"] = "a PDF document" } do
    check.eq(said("x.lua", text), "x.lua is not a Lua script: it is " .. kind)
  end
end)

check.test("bytecode, and text that is meant to be Lua, keep the message", function()
  check.eq(said("x.lua", "\27Lua\0"), "MESSAGE")
  check.eq(said("x.lua", "local x ="), "MESSAGE")
  check.eq(said("x.lua", "#!/usr/bin/env rille\nx"), "MESSAGE")
  check.eq(said("x", "#!/usr/bin/lua5.4\nx"), "MESSAGE")
end)

check.test("the ending, or the interpreter of the first line, adds what to do", function()
  check.eq(said("a b.yml", "a: 1"), "MESSAGE; a YAML file is given beside the script: rille run FILE --config a b.yml")
  check.eq(said("x.CSV", "a,b"), 'MESSAGE; a CSV file is read by a script: require("rille.csv").read "x.CSV"')
  check.eq(said("x", "#!/usr/bin/env python3\nx"), "MESSAGE; the first line of the file names python3")
end)

check.done()

-- exports_test: what a host sees of the library: the names of rille.h and rille_lua.h, all of them and no others.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local scratch = require "scratch"

local B <const> = scratch.quoted(paths.build)

local function output_of(command)
  local p <close> = assert(io.popen(command .. " 2>&1"))
  return p:read "a"
end

-- The sorted names that nm prints; those that the compiler and sanitizers add begin with underscores.
local function names(command)
  local list = {}
  for line in output_of(command):gmatch "[^\n]+" do
    local kind, name = line:match "%x+ (%a) ([^@%s]+)"
    if kind and kind ~= "A" and not name:find "^_" then list[#list + 1] = name end
  end
  table.sort(list)
  return list
end

-- The functions that the headers declare with RILLE_API.
local function declared()
  local list = {}
  for _, header in ipairs { "rille.h", "rille_lua.h" } do
    local text = scratch.read(paths.root .. "/host/" .. header):gsub("/%*.-%*/", "")
    for declaration in text:gmatch "\nRILLE_API ([^;]+);" do
      list[#list + 1] = declaration:match "([%w_]+)%("
    end
  end
  table.sort(list)
  return list
end

-- What is in one list only.
local function without(list, other)
  local set, rest = {}, {}
  for _, name in ipairs(other) do set[name] = true end
  for _, name in ipairs(list) do if not set[name] then rest[#rest + 1] = name end end
  return table.concat(rest, " ")
end

local function as_declared(command)
  local found, wanted = names(command), declared()
  check.ok(#wanted > 80, "too few functions are declared: " .. #wanted)
  check.eq(without(found, wanted), "", "exported, and in no header")
  check.eq(without(wanted, found), "", "in a header, and not exported")
end

check.test("librille.so exports the functions of the headers", function()
  as_declared("nm -D --defined-only " .. B .. "/librille.so")
end)

check.test("librille.a has the same names", function() as_declared("nm -g --defined-only " .. B .. "/librille.a") end)

check.test("rille.so exports its opener", function()
  check.eq(names("nm -D --defined-only " .. B .. "/rille.so"), { "luaopen_rille" })
end)

check.test("the names of librille.so have the version RILLE_0", function()
  for line in output_of("nm -D --defined-only --with-symbol-versions " .. B .. "/librille.so"):gmatch "[^\n]+" do
    check.ok(line:find "@@RILLE_0$" or line:find "A RILLE_0$" or line:find " _", line)
  end
end)

check.test("librille.so is a link to librille.so.0, its soname, and that to the file with the version", function()
  check.eq(output_of("readlink " .. B .. "/librille.so " .. B .. "/librille.so.0"),
    "librille.so.0\nlibrille.so." .. require "rille.base.version" .. "\n")
  check.has(output_of("readelf -d " .. B .. "/librille.so"), "Library soname: [librille.so.0]\n")
end)

check.done()

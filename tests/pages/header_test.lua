-- rille.h and rille_lua.h are manuals: each function has a comment, and a test that calls it.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local scratch = require "scratch"

local HEADERS <const> = { "rille.h", "rille_lua.h" }

local function header(name) return scratch.read(paths.root .. "/host/" .. name) end

-- The declarations of a header: { name, line, commented }.  A comment stands above the first of a group of
-- declarations, which an empty line ends, or behind the declaration.
local function declarations(name)
  local list, commented, inside, number = {}, false, false, 0
  for line in header(name):gmatch "([^\n]*)\n" do
    number = number + 1
    if line:find "%S" == nil then commented = false end
    if line:find "/%*" and not line:find "^/%* %-%-" then commented = true end
    local declared = line:match "^RILLE_API .-([%w_]+)%("
    if declared then
      list[#list + 1] = { name = declared, line = number, commented = commented }
      inside = list[#list]
    end
    if inside and line:find "/%*" then inside.commented = true end
    if line:find ";" then inside = false end
  end
  return list
end

-- The text of the programs and scripts that use the library in tests, without the headers.
local function tests()
  local texts = {}
  local list <close> = assert(io.popen("cd " .. scratch.quoted(paths.root)
    .. " && find $PWD/tests $PWD/examples/embed -name '*.c' -o -name '*.cc' -o -name '*.cpp' -o -name '*.h'"))
  for path in list:lines() do texts[#texts + 1] = scratch.read(path) end
  return table.concat(texts, "\n")
end

for _, name in ipairs(HEADERS) do
  check.test("each function of " .. name .. " has a comment", function()
    local without = {}
    for _, one in ipairs(declarations(name)) do
      if not one.commented then without[#without + 1] = one.name end
    end
    check.eq(table.concat(without, " "), "")
  end)

  check.test("each function of " .. name .. " is called in a test", function()
    local text, without, list = tests(), {}, declarations(name)
    for _, one in ipairs(list) do
      if not text:find("%f[%w_]" .. one.name .. "%f[^%w_]") then without[#without + 1] = one.name end
    end
    check.eq(table.concat(without, " "), "")
    check.ok(#list > (name == "rille.h" and 75 or 4), #list .. " functions")
  end)
end

check.done()

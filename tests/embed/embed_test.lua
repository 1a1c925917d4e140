-- embed_test.lua -- rille.h in the languages of hosts: the header by itself, and embed.c as C99 and C++17 with the
-- shared library and the archive.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local scratch = require "scratch"

local HEADERS <const> = { "rille.h", "rille_lua.h" }
local LANGUAGES <const> = {
  { "C99", "cc -std=c99 -x c" }, { "C11", "cc -std=c11 -x c" }, { "C++11", "g++ -std=c++11 -x c++" },
  { "C++17", "g++ -std=c++17 -x c++" },
}

local function capture(command)
  local f <close> = assert(io.popen(command .. " 2>&1"))
  return f:read "a"
end

local function missing(command)
  local compiler = command:match "^%S+"
  return capture("command -v " .. compiler) == "" and compiler .. " is not installed" or nil
end

for _, language in ipairs(LANGUAGES) do
  local name, command = table.unpack(language)
  for _, header in ipairs(HEADERS) do
    check.test(header .. " alone is strict " .. name, function()
      local without = missing(command)
      if without then return check.cannot(without) end
      check.eq(capture(string.format("echo '#include <%s>' | %s -pedantic -Wall -Wextra -Wshadow -Werror -fsyntax-only "
        .. "-I'%s/host' -I/usr/include/lua5.4 -", header, command, paths.root)), "")
    end)
  end
end

for _, way in ipairs { "c99_shared", "c99_static", "cpp17_shared", "cpp17_static" } do
  check.test("a host in " .. way:gsub("_", ", ") .. " runs a pipeline with a step of its own", function()
    local without = way:find "cpp" and missing "g++"
    if without then return check.cannot(without) end
    local p <close> = scratch.new()
    check.eq(capture(string.format("'%s/embed_%s' '%s'", paths.build, way, p:path "store")),
      "1 wrong: completed, 0.75\n2 wrong: completed, 0.5\n1 wrong: completed, 0.75\n3 runs\n")
  end)
end

check.done()

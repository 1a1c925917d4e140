-- The code of rille help embedding, and that of README.md in C, compiles without warnings; the first program runs.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local scratch = require "scratch"

local TEXT <const> = require("rille.help").text(require "rille.commands", "embedding")

-- The indented blocks of the text; blank lines within one belong to it.
local function blocks()
  local list, current = {}, nil
  for line in (TEXT .. "end\n"):gmatch "([^\n]*)\n" do
    local code = line:match "^  (.*)$"
    if code then
      current = current or {}
      current[#current + 1] = code
    elseif line ~= "" then
      if current then list[#list + 1] = table.concat(current, "\n") .. "\n" end
      current = nil
    elseif current then
      current[#current + 1] = ""
    end
  end
  return list
end

-- A block that is named by its first line, without it; up to the next name.
local function named(name)
  local found = TEXT:match("\n  " .. name:gsub("%.", "%%.") .. ":\n(.-)\n\n  [%w.]+:\n") or
    TEXT:match("\n  " .. name:gsub("%.", "%%.") .. ":\n(.-)\n\n  cc ")
  return (assert(found, name):gsub("\n  ", "\n"):gsub("^  ", "")) .. "\n"
end

local COMPILE <const> = "cc -std=c99 -Wall -Wextra -Wpedantic -Werror -I" .. scratch.quoted(paths.root .. "/host")
  .. " " .. (os.getenv "LUAINC" or "-I/usr/include/lua5.4") .. " "

local HEAD <const> = [[
#include <lauxlib.h>
#include <lualib.h>
#include <rille_lua.h>
#include <stdio.h>
]]

local FUNCTION <const> = [[
int block_@(rille_engine *e, rille_run *run, rille_options options);
int block_@(rille_engine *e, rille_run *run, rille_options options)
{
  int rc = 0;
  {
STATEMENTS
  }
  return rc + (e != NULL) + (run != NULL) + (int)options.flags;
}
]]

-- Functions stand as they are, statements in a function of their own with the variables that they assume.
local function as_program(list)
  local parts = { HEAD }
  for i, block in ipairs(list) do
    local functions, statements = block:match "^(static .-\n}\n)(.*)$"
    if not functions then functions, statements = "", block end
    if statements:find "^%s*static" then functions, statements = functions .. statements, "" end
    parts[#parts + 1] = functions
    if statements:find "%S" then
      parts[#parts + 1] = FUNCTION:gsub("@", i):gsub("STATEMENTS\n", function() return statements end)
    end
  end
  return table.concat(parts)
end

check.test("every block in C of rille help embedding compiles without warnings", function()
  local project <close> = scratch.new()
  local found = {}
  for _, block in ipairs(blocks()) do
    if block:find "rille_" and not block:find "#include" then found[#found + 1] = block end
  end
  check.ok(#found >= 6, #found .. " blocks")
  project:write("blocks.c", as_program(found))
  local r = project:sh(COMPILE .. "-Wno-unused-function -c blocks.c")
  check.eq({ r.code, r.err }, { 0, "" })
end)

check.test("the code in C of README.md compiles without warnings", function()
  local project <close> = scratch.new()
  local block = scratch.read(paths.root .. "/README.md"):match "```c\n(.-)```"
  project:write("readme.c", HEAD .. "int main(void)\n{\n" .. block .. "return 0;\n}\n")
  local r = project:sh(COMPILE .. "-c readme.c")
  check.eq({ r.code, r.err }, { 0, "" })
end)

check.test("the first program of rille help embedding runs", function()
  local project <close> = scratch.new()
  for _, name in ipairs { "hello.c", "hello.lua" } do project:write(name, named(name)) end
  local build = scratch.quoted(paths.build)
  local sanitizers = (os.getenv "B" or ""):find "asan" and "-fsanitize=address,undefined " or ""
  local r = project:sh(COMPILE .. sanitizers .. "hello.c -o hello -L" .. build .. " -lrille -Wl,-rpath," .. build
    .. " && ./hello")
  check.eq({ r.code, r.err }, { 0, "" })
  check.ok(r.out:find "^hello%-[%d-]+: 12\n$", r.out)
end)

check.done()

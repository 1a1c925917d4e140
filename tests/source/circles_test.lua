-- circles_test.lua -- no C file needs, by the symbols of its object file, a file that needs it in turn.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"

-- What is recursive over its data: the walk over a function's values and code; and values of the library, one of which
-- can be an artifact or an object in C, whose content is a value.
local VALUES <const> = { artifact = true, registeredlib = true, stored_value = true, type = true, value_from_lua = true,
  value_lua = true, values = true }

local function group_of(file)
  if file:find "^host/fingerprint/walk" then return "walk" end
  return VALUES[file:match "^host/library/(.*)$" or ""] and "values"
end

local function is_recursive(file, to) return group_of(file) and group_of(file) == group_of(to) end

local function lines_of(command)
  local p = assert(io.popen(command))
  local lines = {}
  for line in p:lines() do lines[#lines + 1] = line end
  return lines, p:close()
end

-- { [file] = { [file it needs] = a symbol } } of the objects whose source is there.
local function read_graph(list)
  local owner, wanted = {}, {}
  for _, line in ipairs(list) do
    local object, rest = line:match "([%w_/]+)%.o:(.*)$"
    local file = object and object:match "(host/.*)" or object and object:match "(stdlib/.*)"
    local kind, symbol = (rest or ""):match "(%a) ([%w_]+)$"
    if file and kind == "U" then
      wanted[file] = wanted[file] or {}
      wanted[file][symbol] = true
    elseif file and kind and kind:find "[A-Z]" then owner[symbol] = file end
  end
  local graph = {}
  for file, symbols in pairs(wanted) do
    graph[file] = {}
    for symbol in pairs(symbols) do
      local to = owner[symbol]
      if to and to ~= file then graph[file][to] = symbol end
    end
  end
  return graph
end

-- All that can be reached from a file.
local function reach(graph, from)
  local seen, stack = {}, { from }
  while #stack > 0 do
    for to in pairs(graph[table.remove(stack)] or {}) do
      if not seen[to] then
        seen[to] = true
        stack[#stack + 1] = to
      end
    end
  end
  return seen
end

-- The needs that lie on a circle: { "a.c needs b.c (symbol)", ... }.
local function circles(graph)
  local reached, found = {}, {}
  for file in pairs(graph) do reached[file] = reach(graph, file) end
  for file, needs in pairs(graph) do
    for to, symbol in pairs(needs) do
      if not is_recursive(file, to) and reached[to] and reached[to][file] then
        found[#found + 1] = string.format("%s.c needs %s.c (%s)", file, to, symbol)
      end
    end
  end
  table.sort(found)
  return found
end

check.test("a circle is found, a chain is none", function()
  local text = { "b/host/a.o: U g", "b/host/a.o:0 T f", "b/host/b.o:0 T g", "b/host/b.o: U h", "b/host/c.o:0 T h" }
  check.eq(circles(read_graph(text)), {})
  text[#text + 1] = "b/host/c.o: U f"
  check.eq(#circles(read_graph(text)), 3)
end)

check.test("no file of the host and of the linked batteries is on a circle", function()
  if #lines_of "command -v nm" == 0 then check.cannot "there is no nm" end
  local objects = {}
  local sources = lines_of("cd '" .. paths.root .. "' && find host stdlib -mindepth 2 -name '*.c' | LC_ALL=C sort")
  for _, source in ipairs(sources) do
    local object = paths.build .. "/" .. source:gsub("%.c$", ".o")
    local file = io.open(object)
    if file then
      file:close()
      objects[#objects + 1] = "'" .. object .. "'"
    end
  end
  check.ok(#objects > 100, "no objects were found")
  local list = lines_of("nm -A -g " .. table.concat(objects, " "))
  check.eq(table.concat(circles(read_graph(list)), "\n"), "")
end)

check.done()

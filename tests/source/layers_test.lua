-- layers_test.lua -- the folders of the sources are layers: what a file includes or requires
-- stands in its own folder or in one further down in these lists.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"

-- The rooms, lowest first; the files beside them (main.c, rille.lua) are above all.
local C_ROOMS = { "base", "os", "format", "embedded", "value", "store", "meta", "graph", "observe", "state",
  "fingerprint", "kernel", "library" }
local LUA_ROOMS = { "base", "project", "git", "graph", "shell", "script", "artifact", "stack", "cache", "plan",
  "execute", "record", "query", "run", "serve", "testing", "show", "template", "help", "repl", "kernel", "cmd", "capi" }

-- The batteries that are linked into the program, lowest first.
local LINKED = { "array", "csv", "frame", "sqlite" }

-- Requires inside functions that lead up, and why they are there.
local LAZY = {
  ["artifact/registry.lua -> materializers"] = "a materializer is loaded when a value first wants it",
}

-- Rooms whose files may know Lua's header; elsewhere only a face does (*lib.c) and what
-- its parts share (*_box.c, *_args.c).
local LUA_IN = { value = true, observe = true, state = true, fingerprint = true, embedded = true,
  library = true }

local function read(path)
  local f = assert(io.open("../../" .. path, "rb"))
  local text = f:read "a"
  f:close()
  return text
end

local function list(folders, pattern)
  local p = assert(io.popen("cd '" .. paths.root .. "' && find " .. folders .. " -name '" .. pattern
    .. "' | LC_ALL=C sort"))
  local names = {}
  for line in p:lines() do names[#names + 1] = line end
  p:close()
  return names
end

local function ranks(rooms)
  local of = {}
  for i, room in ipairs(rooms) do of[room] = i end
  return of
end

local function none(wrong) check.eq(table.concat(wrong, "\n"), "") end

-- C ---------------------------------------------------------------------------

local C_FILES = list("host stdlib", "*.[ch]")
local C_RANK, TOP <const> = ranks(C_ROOMS), 1000
for i, battery in ipairs(LINKED) do C_RANK[battery] = 100 + i end
C_RANK.library = TOP                -- it is a door: it has rille.h, all modules, and the batteries

local function without_comments(text) return (text:gsub("/%*.-%*/", " ")) end

local function includes(path, open, close)
  local names = {}
  for name in without_comments(read(path)):gmatch("#%s*include%s*" .. open .. "([^" .. close .. "]+)" .. close) do
    names[#names + 1] = name
  end
  return names
end

-- "host/store/store.c" -> "store"; a file beside the rooms has none.
local function c_room(path) return path:match "^host/([%w_]+)/" or path:match "^stdlib/([%w_]+)/" end

local function is_loaded_battery(path)
  local name = path:match "^stdlib/([%w_]+)/"
  return name and not C_RANK[name]
end

check.test("every folder of host/ is a room", function()
  check.ok(#C_FILES > 150, "no files were found")
  local wrong = {}
  for _, path in ipairs(C_FILES) do
    local room = path:match "^host/([%w_]+)/"
    if room and not C_RANK[room] then wrong[#wrong + 1] = path end
  end
  none(wrong)
end)

check.test("an #include leads into the same room or down", function()
  local wrong = {}
  for _, path in ipairs(C_FILES) do
    local room = c_room(path)
    local rank = room and C_RANK[room] or TOP
    for _, name in ipairs(is_loaded_battery(path) and {} or includes(path, '"', '"')) do
      local to = name:match "^([%w_]+)/"
      if (to and C_RANK[to] or TOP) > rank then wrong[#wrong + 1] = path .. " includes " .. name end
    end
  end
  none(wrong)
end)

check.test("a battery that is loaded on demand includes err.h, array.h and what models share", function()
  local wrong = {}
  for _, path in ipairs(C_FILES) do
    for _, name in ipairs(is_loaded_battery(path) and includes(path, '"', '"') or {}) do
      if name:find "/" and name ~= "base/err.h" and name ~= "array/array.h"
        and not name:find "^learn/" then wrong[#wrong + 1] = path .. " includes " .. name end
    end
  end
  none(wrong)
end)

-- The store's database, and the files of users: a battery that is linked, so that the process has one SQLite.
local function may_have_sqlite(path)
  return path:find "^host/meta/db%a*_?%a*%.[ch]$" or path:find "^stdlib/sqlite/sqlite_%a+%.[ch]$"
end

check.test("SQLite is in meta/db*.c and stdlib/sqlite/ alone, and Lua in the faces and the rooms for it", function()
  local wrong = {}
  for _, path in ipairs(C_FILES) do
    local room = c_room(path)
    for _, name in ipairs(includes(path, "<", ">")) do
      if name == "sqlite3.h" and not may_have_sqlite(path) then wrong[#wrong + 1] = path .. " includes " .. name end
      if name == "lua.h" or name == "lauxlib.h" or name == "lualib.h" then
        local may = not room or LUA_IN[room] or path:find "lib%.[ch]$" or path:find "_box%.[ch]$"
          or path:find "_args%.[ch]$" or path:find "^host/base/bind" or path:find "^host/meta/%w+_%w+%.[ch]$"
          or is_loaded_battery(path)
        if not may then wrong[#wrong + 1] = path .. " includes " .. name end
      end
    end
  end
  none(wrong)
end)

-- Lua -------------------------------------------------------------------------

-- lua/library/ is for editors alone: no module is in it.
local LUA_FILES = list("lua stdlib materializers ! -path 'lua/library/*' ! -path 'stdlib/templates/*'",
  "*.lua")
local LUA_RANK = ranks(LUA_ROOMS)
LUA_RANK.capi = TOP                 -- the library's, as main.lua is the program's

-- "lua/plan/plan.lua" -> rille.plan, "lua/plan/estimate.lua" -> rille.plan.estimate
local function module_of(path)
  local name = path:gsub("%.lua$", ""):gsub("^lua/", ""):gsub("^stdlib/", "")
  local rest, room, last = name:match "^(.-)([%w_]+)/([%w_%-]+)$"
  if room and room == last then name = rest .. room end
  return "rille." .. (name:gsub("/", "."))
end

local PATH_OF = {}
for _, path in ipairs(LUA_FILES) do PATH_OF[module_of(path)] = path end
PATH_OF["rille"], PATH_OF["rille.face"] = "lua/rille.lua", "lua/rille.lua"

local FACES = {}
for name in read("host/modules.c"):gmatch '{"(rille%.[%w_%.]+)"' do FACES[name] = true end

-- A battery and a materializer are below all rooms but the ones that they are made with.
local function lua_rank(path)
  local room = path:match "^lua/([%w_]+)/"
  if room then return LUA_RANK[room] end
  return path:find "^lua/" and TOP or path:find "^stdlib/" and LUA_RANK.script or LUA_RANK.artifact
end

-- The requires of a Lua file: { { name, lazy } ... }; a name that ends with a dot is
-- completed at run time.
local function requires(path)
  local found = {}
  local text = read(path):gsub("%[(=*)%[.-%]%1%]", '""')      -- an example in a text is no code
  for line in text:gmatch "[^\n]+" do
    local code = line:gsub("^%s*%-%-.*$", "")
    for name in code:gmatch 'require%s*%(?%s*"(rille[%w_%.]*)"' do
      local lazy = code:find "^%s" ~= nil or code:find "function%s*[%w_%.:]*%(" ~= nil
      found[#found + 1] = { name = name, lazy = lazy }
    end
  end
  return found
end

check.test("every folder of lua/ is a room", function()
  check.ok(#LUA_FILES > 100, "no files were found")
  local wrong = {}
  for _, path in ipairs(LUA_FILES) do if not lua_rank(path) then wrong[#wrong + 1] = path end end
  none(wrong)
end)

check.test("a require leads into the same room, down, or to the host", function()
  local wrong, used = {}, {}
  for _, path in ipairs(LUA_FILES) do
    for _, one in ipairs(requires(path)) do
      -- rille.materializers. NAME
      local of = one.name:match "^rille%.(%w+)%..*%.$" or one.name:match "^rille%.(%w+)%.$"
      local to = PATH_OF[one.name]
      local rank = to and lua_rank(to) or of and (LUA_RANK[of] or LUA_RANK.help) or FACES[one.name] and 0
      if not rank then wrong[#wrong + 1] = path .. " requires " .. one.name .. ", which is not there"
      elseif rank > lua_rank(path) then
        local edge = path:gsub("^lua/", "") .. " -> " .. (of or one.name)
        if one.lazy and LAZY[edge] then used[edge] = true
        else wrong[#wrong + 1] = path .. " requires " .. one.name .. (one.lazy and " (in a function)" or "") end
      end
    end
  end
  none(wrong)
end)

check.test("nothing is assigned into a required module", function()
  local wrong = {}
  for _, path in ipairs(LUA_FILES) do
    local text = read(path)
    text = ("\n" .. text):gsub("\n%s*%-%-[^\n]*", "\n")           -- an example in a comment is no code
    for name in text:gmatch 'local ([%w_]+) = require%s*%(?%s*"rille' do
      for field in text:gmatch("\n%s*" .. name .. "%.([%w_]+)%s*=[^=]") do
        wrong[#wrong + 1] = path .. " sets " .. name .. "." .. field
      end
      for field in text:gmatch("function " .. name .. "[%.:]([%w_]+)%s*%(") do
        wrong[#wrong + 1] = path .. " defines " .. name .. "." .. field
      end
    end
  end
  none(wrong)
end)

-- SQL -------------------------------------------------------------------------

-- Texts in lower case that have one of these are SQL, whole or a part of it: statements,
-- clauses, bound values, columns of the tables by their usual letters.
local SQL <const> = {
  "^%s*select%s", "%f[%w]select%s.-%sfrom%f[%W]", "%f[%w]insert%s.-into%f[%W]", "%f[%w]delete%s+from%s",
  "%f[%w]update%s+[%w_]+%s+set%s",
  "%f[%w]from%s+[%w_]+%s+where%f[%W]", "%f[%w]where%s+[%w_%.]+%s*[=<>]", "%f[%w]order%s+by%f[%W]",
  "%f[%w]group%s+by%s+%d", "%f[%w]join%s+[%w_]+%s+[%w_]*%s*on%f[%W]",
  "%f[%w]exists%s*%(", "%f[%w]json_extract%f[%W]", "%f[%w]json_each%f[%W]", "%f[%w]typeof%s*%(", "%f[%w]coalesce%s*%(",
  "%.[%l_]+%s+is%s+null", "%.[%l_]+%s+is%s+not%s+null", "%%s%s+is%s+not%s+null", "%%s%s+is%s+%%snull",
  "%s[=<>]+%s*%?", "%f[%w]limit%s+[%?%%]", "%f[%w]create%s+table%s", "%f[%w]pragma%s+%w+_%w+",
  "^%s*[rpsvae]%.[%l_]+%s*[=<>]", "^%s*[rpsvae]%.%l[%l_]+%s*$",
}

local function sql_in(text)
  local lower = text:lower()
  for _, pattern in ipairs(SQL) do if lower:find(pattern) then return pattern end end
  return nil
end

-- Calls back with each string literal of a source and the line on which it begins.
local function each_literal(source, is_c, visit)
  local at, line = 1, 1
  local function skip(stop)
    line = line + select(2, source:sub(at, stop):gsub("\n", ""))
    at = stop + 1
  end
  while at <= #source do
    local rest, stop = source:sub(at, at + 1), nil
    if is_c and rest == "/*" then stop = select(2, source:find("*/", at + 2, true))
    elseif not is_c and rest == "--" and not source:find("^%-%-%[=*%[", at) then stop = source:find("\n", at, true)
    elseif source:find('^["\']', at) then
      local quote = source:sub(at, at)
      stop = at + 1
      while stop <= #source
        and source:sub(stop, stop) ~= quote do stop = stop + (source:sub(stop, stop) == "\\" and 2 or 1) end
      visit(source:sub(at + 1, stop - 1), line)
    elseif not is_c and source:find("^%-?%-?%[=*%[", at) then
      local equals = source:match("^%-?%-?%[(=*)%[", at)
      local close
      close, stop = source:find("]" .. equals .. "]", at, true)
      if source:sub(at, at) == "[" then visit(source:sub(at + 2 + #equals, (close or 0) - 1), line) end
    end
    skip(stop or at)
  end
end

check.test("SQL is in host/meta and stdlib/sqlite/*.c alone", function()
  local wrong = {}
  local function look(path, is_c)
    if path:find "^host/meta/" or path:find "^stdlib/sqlite/sqlite_%a+%.[ch]$" then return end
    if path:find "^lua/help/topics/" then return end               -- sentences and examples for users
    each_literal(read(path), is_c, function(text, line)
      if sql_in(text) then wrong[#wrong + 1] = path .. ":" .. line .. ": " .. text:match("[^\n]*"):sub(1, 60) end
    end)
  end
  for _, path in ipairs(LUA_FILES) do look(path, false) end
  for _, path in ipairs(C_FILES) do look(path, true) end
  none(wrong)
end)

check.test("what is SQL is known as such", function()
  for _, text in ipairs { "SELECT 1", "select id from run", "r.name", "v.number = ?", "x >= ?1", "exists (select 1)",
    " order by n desc", "where name = x", "limit ?2", "a.type = %s",
    "DELETE FROM run", "json_extract(r.counts, '$.ran')", "case when typeof(%s) <> 'blob' then %s end",
    "%s is not null" } do
    check.ok(sql_in(text), text)
  end
  for _, text in ipairs { "selects a step", "from the cache", "where it stands", "params.gamma > 0.01", "what?",
    "f:group_by(\"city\")", "a.b.c" } do
    check.eq(sql_in(text), nil, text)
  end
end)

check.done()

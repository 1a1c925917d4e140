-- layers.lua -- the map of the sources at the head of host/main.c holds: every
-- file stands in it once, and no #include and no require points sideways or up.
--
-- A section of the map is { [name] = row }, rows counted from the bottom; a file
-- belongs to the subject that names it.

package.path = "lua/?.lua;" .. package.path
local check = require "check"

-- Edges that the map does not allow, and why they are there.  One that is no
-- longer needed fails too.
local INCLUDES = {
  ["script -> orderlib"] = "rille's own environment takes its pairs and sort from there",
  ["orderlib -> observelib"] = "a script's walk over keys without an order is noted as impure",
}
-- Lua: requires inside functions that point upwards.
local REQUIRES = {
  ["mistake -> misuse"] = "what to say of a wrong call is loaded when there is one to tell of",
  ["materialize -> materializers.*"] = "a materializer is loaded when a value first wants it",
}

local HERE <const> = arg[0]:match "^(.*)/" or "."

local function read(path)
  local f = assert(io.open("../" .. path, "rb"))
  local text = f:read "a"
  f:close()
  return text
end

local function list(globs)
  local p = assert(io.popen("cd '" .. HERE .. "/..' && ls " .. globs))
  local names = {}
  for line in p:lines() do names[#names + 1] = line end
  p:close()
  return names
end

-- The map ---------------------------------------------------------------------

-- The sections of the comment: { host = rows, lua = rows }, a row being a list of
-- { name, files = { NAME... } } and rows[1] the lowest.
local function sections()
  local comment = read("host/main.c"):match "^/%*(.-)%*/"
  local found, current = {}, nil
  for line in comment:gmatch "[^\n]+" do
    line = line:gsub("^ %*", "")
    local head = line:match "^ (%l+)/"
    if head then
      current = {}
      found[head] = current
    elseif line:match "^   %S" then
      local text = line:match "^   %S+%s+(.*)$"
      table.insert(current, 1, text)
    elseif line:match "^      +%S" then
      current[1] = current[1] .. " " .. line
    elseif line:match "%S" then
      current = nil
    end
  end
  for _, rows in pairs(found) do
    for i, text in ipairs(rows) do
      local subjects = {}
      for name, more in text:gmatch "([%w_%.%*]+)(%b())" do
        local one = { name = name, files = { name } }
        for file in more:gmatch "[%w_%.%*]+" do table.insert(one.files, file) end
        subjects[#subjects + 1] = one
      end
      for name in text:gsub("[%w_%.%*]+%b()", ""):gmatch "[%w_%.%*]+" do subjects[#subjects + 1] = { name = name, files = { name } } end
      rows[i] = subjects
    end
  end
  return found
end

local map = sections()

-- Of a section: file -> { subject, row }, and the names that stand there twice.
-- A name that ends with .* covers every file that is not named itself.
local function places(rows)
  local exact, wild, twice = {}, {}, {}
  for row, subjects in ipairs(rows) do
    for _, one in ipairs(subjects) do
      for _, file in ipairs(one.files) do
        local prefix = file:match "^(.*)%*$"
        if prefix then wild[#wild + 1] = { prefix = prefix, subject = one.name, row = row }
        else
          if exact[file] then twice[#twice + 1] = file end
          exact[file] = { subject = one.name, row = row }
        end
      end
    end
  end
  local function place(file)
    if exact[file] then return exact[file] end
    for _, w in ipairs(wild) do
      if file:sub(1, #w.prefix) == w.prefix then
        local own = w.subject:find("*", 1, true)        -- cmd.*: each file is a subject
        return { subject = own and file or w.subject, row = w.row }
      end
    end
  end
  return place, twice, exact
end

local place_c, twice_c, named_c = places(map.host)
local place_lua, twice_lua, named_lua = places(map.lua)

-- host/ -----------------------------------------------------------------------

local C_FILES = list "host/*.[ch]"

local function stem(path) return path:match "([^/]+)%.[ch]$" end

local function without_comments(text) return (text:gsub("/%*.-%*/", " ")) end

local function includes(path, open, close)
  local names = {}
  for name in without_comments(read(path)):gmatch("#%s*include%s*" .. open .. "([^" .. close .. "]+)" .. close) do names[#names + 1] = name end
  return names
end

check.test("every file of host/ stands in the map", function()
  check.ok(#C_FILES > 100, "no files were found")
  local missing = {}
  for _, path in ipairs(C_FILES) do if not place_c(stem(path)) then missing[#missing + 1] = path end end
  check.eq(table.concat(missing, " "), "")
end)

check.test("every name of the map is a file of host/, once", function()
  check.eq(table.concat(twice_c, " "), "")
  local there, gone = {}, {}
  for _, path in ipairs(C_FILES) do there[stem(path)] = true end
  for name in pairs(named_c) do if not there[name] then gone[#gone + 1] = name end end
  check.eq(table.concat(gone, " "), "")
end)

check.test("an #include leads down, to a lower row", function()
  local wrong, used = {}, {}
  for _, path in ipairs(C_FILES) do
    local from = place_c(stem(path))
    for _, name in ipairs(from and includes(path, '"', '"') or {}) do
      local to = place_c(stem("/" .. name))
      if not to then wrong[#wrong + 1] = path .. " includes " .. name .. ", which is not in the map"
      elseif from.subject ~= to.subject and to.row >= from.row then
        local edge = from.subject .. " -> " .. to.subject
        if INCLUDES[edge] then used[edge] = true
        else wrong[#wrong + 1] = path .. " includes " .. name .. (to.row == from.row and " of the same row" or " of a row above") end
      end
    end
  end
  check.eq(table.concat(wrong, "\n"), "")
  for edge in pairs(INCLUDES) do check.ok(used[edge], "the exception " .. edge .. " is not needed any more") end
end)

check.test("the C part of a battery includes the base and array alone, and what models share", function()
  local wrong = {}
  for _, path in ipairs(list "stdlib/*/*.[ch]") do
    local folder = path:match "^(.*/)"
    local own = {}
    for _, other in ipairs(list(folder .. "*.[ch] stdlib/learn/*.h")) do own[other:match "[^/]+$"] = true end
    for _, name in ipairs(includes(path, '"', '"')) do
      local to = place_c(stem("/" .. name))
      if not own[name] and not (to and (to.row <= 2 or to.subject == "array")) then wrong[#wrong + 1] = path .. " includes " .. name end
    end
  end
  check.eq(table.concat(wrong, "\n"), "")
end)

-- A library's header is included by one file, or by the faces.
check.test("SQLite is in db.c alone, and Lua not below the row that names it", function()
  local wrong, lua_row = {}, place_c("bind").row
  for _, path in ipairs(C_FILES) do
    local place = place_c(stem(path))
    for _, name in ipairs(place and includes(path, "<", ">") or {}) do
      if name == "sqlite3.h" and not path:find "^host/db%a*%.[ch]$" then wrong[#wrong + 1] = path .. " includes " .. name end
      if (name == "lua.h" or name == "lauxlib.h" or name == "lualib.h") and place.row < lua_row then
        wrong[#wrong + 1] = path .. " includes " .. name
      end
    end
  end
  check.eq(table.concat(wrong, "\n"), "")
end)

-- lua/ stdlib/ materializers/ -----------------------------------------------------

local LUA_FILES = list "lua/*.lua lua/*/*.lua stdlib/*.lua stdlib/*/*.lua materializers/*.lua"

-- lua/cmd/run.lua -> cmd.run, stdlib/svm/svm.lua -> svm, materializers/list.lua -> materializers.list
local function module_of(path)
  local name = path:gsub("%.lua$", "")
  if name:find "^lua/" then name = name:sub(5)
  elseif name:find "^stdlib/" then name = name:match "[^/]+$" end
  return (name:gsub("/", "."))
end

-- The requires of a Lua file: { { name, lazy } ... }, name without "rille.".  A
-- require at the left margin is done when the file is loaded, an indented one when
-- a function is called; a name that ends with a dot is completed at run time.
local function requires(path)
  local found = {}
  for line in read(path):gmatch "[^\n]+" do
    local code = line:gsub("^%s*%-%-.*$", "")
    for name in code:gmatch 'require%s*%(?%s*"(rille[%w_%.]*)"' do
      local lazy = code:find "^%s" ~= nil or code:find "function%s*[%w_%.:]*%(" ~= nil
      if name == "rille" or name == "rille.face" then name = "rille.rille" end
      found[#found + 1] = { name = name:gsub("^rille%.", ""):gsub("%.$", ".*"), lazy = lazy }
    end
  end
  return found
end

local faces = {}
for name in read("host/modules.c"):gmatch '{"rille%.([%w_%.]+)"' do faces[name] = true end

check.test("every module of rille's Lua stands in the map", function()
  check.ok(#LUA_FILES > 60, "no files were found")
  local missing = {}
  for _, path in ipairs(LUA_FILES) do if not place_lua(module_of(path)) then missing[#missing + 1] = path end end
  check.eq(table.concat(missing, " "), "")
end)

check.test("every name of the map is a module, once", function()
  check.eq(table.concat(twice_lua, " "), "")
  local there, gone = {}, {}
  for _, path in ipairs(LUA_FILES) do there[module_of(path)] = true end
  for name in pairs(named_lua) do if not there[name] then gone[#gone + 1] = name end end
  check.eq(table.concat(gone, " "), "")
end)

check.test("a require leads down, to a lower row or to the host", function()
  local wrong, used = {}, {}
  for _, path in ipairs(LUA_FILES) do
    local from = place_lua(module_of(path))
    for _, one in ipairs(from and requires(path) or {}) do
      local to = place_lua(one.name)
      if not to and not faces[one.name] then
        wrong[#wrong + 1] = string.format("%s requires rille.%s, which is not in the map", path, one.name)
      elseif to and from.subject ~= to.subject and to.row >= from.row then
        local edge = from.subject .. " -> " .. one.name
        if one.lazy and REQUIRES[edge] then used[edge] = true
        else
          wrong[#wrong + 1] = string.format("%s requires rille.%s of %s%s", path, one.name, to.row == from.row and "the same row" or "a row above",
            one.lazy and " (in a function)" or "")
        end
      end
    end
  end
  check.eq(table.concat(wrong, "\n"), "")
  for edge in pairs(REQUIRES) do check.ok(used[edge], "the exception " .. edge .. " is not needed any more") end
end)

-- The test itself -------------------------------------------------------------------

check.test("the map is read: subjects, their files, their rows", function()
  check.eq(place_c("storeput").subject, "store")
  check.eq(place_c("err").row, 1)
  check.ok(place_c("main").row > place_c("rille").row and place_c("rille").row > place_c("script").row)
  check.eq(place_lua("cmd.plan").subject, "cmd.plan")
  check.eq(place_lua("cmd.why").subject, "cmd.why")
  check.eq(place_lua("help.cache").subject, "help")
  check.ok(place_lua("cmd.plan").row > place_lua("cmd.run").row)
  check.eq(place_c("nothing"), nil)
end)

check.done()

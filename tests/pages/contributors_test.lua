-- The pages for contributors, host/README.md, lua/README.md and tests/README.md, are true:
-- what they name exists, every room is named, the commands run, and so does the example.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local scratch = require "scratch"

local ROOT <const> = paths.root
local PAGES <const> = { "host", "lua", "tests" }

local function output_of(command)
  local p <close> = assert(io.popen("cd '" .. ROOT .. "' && { " .. command .. "; } 2>&1"))
  local text = p:read "a"
  local _, _, code = p:close()
  return text, code
end

local function text_of(folder) return assert(scratch.read(ROOT .. "/" .. folder .. "/README.md"), folder) end

local function exists(path)
  local f = io.open(path)
  if f then f:close() end
  return f ~= nil
end

-- The blocks of ``` with a language, and the text without any block.
local function blocks(text, language)
  local list = {}
  for kind, block in text:gmatch "```(%w*)\n(.-)```" do if kind == language then list[#list + 1] = block end end
  return list, (text:gsub("```.-```", ""))
end

-- Is it the name of a file or a folder of the tree?  NAME and * stand for others.
local function names_a_file(word)
  return not word:find "[%s*(={<|]" and not word:find "%u%u%u" and not word:find "^%.rille" and not word:find "^build/"
    and (word:find "^[%w_.-]+/[%w_./-]*$" or word:find "^[%w_.]+%.%l+$") and word ~= "objects/"
      and not word:find "^_test%."
end

local SUFFIXES <const> = { c = true, h = true, lua = true, md = true, sql = true, txt = true, json = true }

local function is_there(word, folder)
  local suffix = word:match "%.(%l+)$"
  if suffix and not SUFFIXES[suffix] then return true end         -- rille.step, options.emit
  for _, base in ipairs { folder .. "/", "", "tests/lib/", "lua/" } do
    if exists(ROOT .. "/" .. base .. word) then return true end
  end
  return false
end

for _, folder in ipairs(PAGES) do
  check.test(folder .. "/README.md names files that are there", function()
    local text, missing, n = text_of(folder), {}, 0
    local _, prose = blocks(text)
    for word in prose:gmatch "`([^`\n]+)`" do
      if names_a_file(word) then
        n = n + 1
        if not is_there(word, folder) then missing[#missing + 1] = word end
      end
    end
    for link in prose:gmatch "%]%(([^)]+)%)" do
      if not exists(ROOT .. "/" .. folder .. "/" .. link) then missing[#missing + 1] = link end
    end
    check.eq(table.concat(missing, " "), "")
    check.ok(n > 20, n .. " names")
  end)

  check.test(folder .. "/README.md names every room", function()
    local text, missing = text_of(folder), {}
    for room in output_of("ls -d " .. folder .. "/*/"):gmatch "/([%w_]+)/\n" do
      if not text:find("`" .. room .. "/`", 1, true) then missing[#missing + 1] = room end
    end
    check.eq(table.concat(missing, " "), "")
  end)

  check.test("the commands of " .. folder .. "/README.md run", function()
    local n = 0
    for _, block in ipairs(blocks(text_of(folder), "sh")) do
      for line in block:gmatch "[^\n]+" do
        local command = line:gsub("%s+#.*", "")
        if command:find "make" then command = command:gsub("make", "make -n", 1) .. " >/dev/null" end
        command = command:gsub("^build/rille", (paths.rille:gsub("%%", "%%%%")))
        local text, code = output_of("RILLE_STORE=$(mktemp -d) RILLE_SUITE= " .. command)
        check.eq(code, 0, command .. "\n" .. text)
        check.ok(not command:find "tests/one" or text:find "%f[%d][1-9]%d* passed, 0 failed", text)
        n = n + 1
      end
    end
    check.ok(n > 2, n .. " commands")
  end)
end

-- The rooms of a list in tests/source/layers_test.lua, in its order.
local function rooms(name)
  local list = {}
  local text = scratch.read(ROOT .. "/tests/source/layers_test.lua"):match("local " .. name .. " = (%b{})")
  for room in text:gmatch '"([%w_]+)"' do list[#list + 1] = room end
  return list
end

for folder, name in pairs { host = "C_ROOMS", lua = "LUA_ROOMS" } do
  check.test("the rooms of " .. folder .. "/README.md stand in the order that is checked", function()
    local found = {}
    for room in text_of(folder):gmatch "\n| `([%w_]+)/` |" do found[#found + 1] = room end
    check.eq(found, rooms(name))
  end)
end

check.test("the example of tests/README.md passes", function()
  local project <close> = scratch.new()
  local text = blocks(text_of "tests", "lua")[1]:gsub('"../../lib/', '"' .. ROOT .. "/tests/lib/")
  project:sh "mkdir -p tests/cli"
  project:write("tests/cli/example_test.lua", text)
  local r = project:sh('B="' .. paths.build .. '" "$RILLE" tests/cli/example_test.lua')
  check.eq({ r.code, r.out }, { 0, "1 passed, 0 failed\n" }, r.err)
end)

check.test("README.md points to the pages", function()
  local readme = scratch.read(ROOT .. "/README.md")
  for _, folder in ipairs(PAGES) do check.has(readme, "(" .. folder .. "/README.md)") end
end)

check.done()

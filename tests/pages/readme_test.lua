-- readme_test.lua -- what README.md shows is so: its scripts are written to the files
-- that their first line names, its consoles are typed into a shell, in order, in
-- one folder, and what they print is compared.
--
-- Times, dates in names of runs and the width of columns differ from one machine
-- to the next and are masked.  A ```sh block is run too; it has to succeed.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"

local RILLE <const> = paths.rille

local function read(path)
  local f = assert(io.open(path, "rb"))
  local text = f:read "a"
  f:close()
  return text
end

local function quote(s) return "'" .. s:gsub("'", "'\\''") .. "'" end

local function shell(command)
  local p = assert(io.popen(command))
  local text = p:read "a"
  local ok, _, code = p:close()
  return text, ok and 0 or code
end

-- The fenced blocks: { { kind, text, line } ... }
local function blocks(text)
  local list, kind, lines, number, start = {}, nil, nil, 0, nil
  for line in (text .. "\n"):gmatch "(.-)\n" do
    number = number + 1
    local fence = line:match "^```(%w*)"
    if fence and not kind then kind, lines, start = fence, {}, number
    elseif fence then
      list[#list + 1] = { kind = kind, text = table.concat(lines, "\n") .. "\n", line = start }
      kind = nil
    elseif kind then lines[#lines + 1] = line
    end
  end
  check.ok(not kind, "README.md: the block of line " .. tostring(start) .. " has no end")
  return list
end

-- A console as { { command, output } ... }
local function dialogue(text)
  local list = {}
  for line in text:gmatch "(.-)\n" do
    local command = line:match "^%$ (.*)"
    if command then list[#list + 1] = { command = command, output = {} }
    else table.insert(assert(list[#list], "a console begins with a command").output, line)
    end
  end
  return list
end

-- A line without what differs from run to run; nil when nothing else is in it.
local function mask(line)
  line = line:gsub("%-%d%d%d%d%d%d%d%d%-%d%d%d%d%d%d%-", "-DATE-"):gsub("%d[%d%.]* ?[mu]?s%f[%W]",
    "TIME"):gsub("%d+ min %d+TIME", "TIME")
  line = line:gsub("^(%s*about TIME), at most TIME$", "%1")     -- not where both are the same
  line = line:gsub(", TIME saved", ""):gsub("; slowest %S+ TIME", ""):gsub("TIME saved by the cache; ", "")
  line = line:gsub(" +", " "):gsub(" $", "")
  return not line:find "^ TIME saved by the cache$" and not line:find "^the cache saves TIME$" and line or nil
end

local function masked(lines)
  local list = {}
  for _, line in ipairs(lines) do list[#list + 1] = mask(line) end
  return table.concat(list, "\n")
end

local function lines_of(text)
  local list = {}
  for line in text:gmatch "([^\n]*)\n?" do list[#list + 1] = line end
  while list[#list] == "" do list[#list] = nil end
  return list
end

local folder = shell("mktemp -d"):gsub("\n", "")
local path = shell("cd " .. quote(RILLE:match "^(.*)/") .. " && pwd"):gsub("\n", "")

local function run(command)
  return shell(string.format("cd %s && export PATH=%s:$PATH && unset RILLE_STORE && { %s\n} 2>&1 </dev/null",
    quote(folder), quote(path), command))
end

local readme = read "../../README.md"
local all = blocks(readme)

check.test("README.md has scripts and consoles", function()
  local count = {}
  for _, block in ipairs(all) do count[block.kind] = (count[block.kind] or 0) + 1 end
  check.ok(count.lua and count.console, "there are none")
end)

for _, block in ipairs(all) do
  if block.kind == "lua" then
    check.test("the script of line " .. block.line .. " compiles and has a name", function()
      local name = check.ok(block.text:match "^%-%- ([%w_]+%.lua)\n", "its first line names no file")
      local f = assert(io.open(folder .. "/" .. name, "w"))
      f:write(block.text)
      f:close()
      assert(loadfile(folder .. "/" .. name, "t"))
    end)
  elseif block.kind == "console" then
    for _, step in ipairs(dialogue(block.text)) do
      check.test("line " .. block.line .. ": " .. step.command, function()
        local text, code = run(step.command)
        check.eq(code, 0, text .. "exit code")
        check.eq(masked(lines_of(text)), masked(step.output))
      end)
    end
  elseif block.kind == "sh" then
    check.test("the shell commands of line " .. block.line .. " succeed", function()
      local text, code = run("set -e\n" .. block.text)
      check.eq(code, 0, text .. "exit code")
    end)
  end
end

-- The table of commands is the one of rille help; --update writes it.
check.test("README.md has the table of commands", function()
  local wanted = require("rille.help").overview_lines(require("rille.commands").all()):gsub("[^\n]+", "    %0")
  local before, table_text, after = readme:match "^(.-\n\n)(    Run\n.-\n)(\nFor details see .*)$"
  if arg[1] == "--update" and table_text ~= wanted then
    local f = assert(io.open("../../README.md", "w"))
    f:write(before, wanted, after)
    f:close()
    table_text = wanted
  end
  check.eq(table_text, wanted, "rille tests/pages/readme_test.lua --update writes it")
end)

check.test("README.md names files that are there", function()
  local missing = {}
  for name in readme:gmatch "`(%l+/[%w_/]+%.%l+)`" do
    local ours = name:find "^host/" or name:find "^lua/" or name:find "^stdlib/" or name:find "^tests/"
      or name:find "^materializers/"
    local f = ours and not name:find "NAME" and io.open("../../" .. name)
    if f then f:close() elseif ours and not name:find "NAME" then missing[#missing + 1] = name end
  end
  check.eq(table.concat(missing, " "), "")
end)

os.execute("rm -rf " .. quote(folder))
check.done()

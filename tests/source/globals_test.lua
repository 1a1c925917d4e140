-- No file of rille's own Lua names a global that Lua does not have: a local that was forgotten is found here, not by
-- the user whose run reaches it.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"

local function lines_of(command)
  local p <close> = assert(io.popen(string.format("cd '%s' && %s", paths.root, command)))
  local lines = {}
  for line in p:lines() do lines[#lines + 1] = line end
  return lines
end

local FILES <const> = "find lua stdlib materializers -name '*.lua' -not -path 'lua/library/*' "
  .. "-not -path 'stdlib/templates/*' | LC_ALL=C sort"

local NAME <const> = "no file names a global that Lua does not have"
if not os.execute "command -v luac5.4 >/dev/null" then
  check.skip(NAME, "luac5.4 is not installed")
  return check.done()
end

check.test(NAME, function()
  local wrong, files = {}, lines_of(FILES)
  check.ok(#files > 200)
  for _, file in ipairs(files) do
    for _, line in ipairs(lines_of("luac5.4 -p -l '" .. file .. "'")) do
      local at, name = line:match '%[(%d+)%]%s+[GS]ETTABUP.*_ENV "([^"]+)"'
      if name and _G[name] == nil then wrong[#wrong + 1] = file .. ":" .. at .. ": " .. name end
    end
  end
  check.eq(table.concat(wrong, "\n"), "")
end)

check.done()

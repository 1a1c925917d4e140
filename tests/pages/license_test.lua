-- The licence is where README.md says, and names what build/rille contains.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local scratch = require "scratch"

local function read(name) return assert(scratch.read(paths.root .. "/" .. name), name) end
local README <const> = read "README.md"
local SECTION <const> = assert(README:match "\n## License\n(.*)$", "README.md has no section License at its end")

check.test("README.md and the text of the licence name the same copyright", function()
  local license = read ".packaging/LICENSE"
  local line = assert(license:match "\n(Copyright %(c%) [^\n]+)\n")
  check.has(SECTION, line .. ": [`.packaging/LICENSE`](.packaging/LICENSE)")
  check.has(license, "MIT License\n")
end)

check.test("README.md names what is linked statically", function()
  local names = { ["lua5.4"] = "Lua", sqlite3 = "SQLite", lz4 = "LZ4", yaml = "libyaml", nettle = "nettle", z = "zlib",
    zstd = "zstd" }
  local static = assert(read "Makefile":match "\nSTATIC *:= %-Wl,%-Bstatic (.-) %-Wl")
  for library in static:gmatch "%-l(%S+)" do
    check.has(SECTION, names[library] or "a name for -l" .. library .. " in this test")
  end
end)

check.done()

-- Keys stay what they were: a store that an earlier rille wrote is all hits.
--
-- stable_keys.txt has the key of every step of stable_keys.lua, as the program made them
-- in November 2026.  Keys are made of code, types, parameters and inputs alone, so they are
-- the same on every machine and in every folder.  Where a key has to change (a step's
-- result would be another), the format in lua/cache/key.lua rises, and the list is written
-- anew by `rille tests/cache/stable_keys_test.lua --update`.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local project <close> = scratch.new()
project:write("keys.lua", scratch.read "stable_keys.lua")

-- The key of each step that has one: a map has none, its items do.
local function keys()
  project:ok "run keys.lua -q"
  local of = {}
  for _, step in ipairs(project:json "show p@-1".steps) do of[step.id] = step.key end
  return of
end

local function recorded()
  local of = {}
  for line in io.lines "stable_keys.txt" do
    local id, key = line:match "^(%S+) (%x+)$"
    of[id] = key
  end
  return of
end

local found <const> = keys()

if arg[1] == "--update" then
  local lines = {}
  for id, key in pairs(found) do lines[#lines + 1] = id .. " " .. key .. "\n" end
  table.sort(lines)
  local f <close> = assert(io.open("stable_keys.txt", "w"))
  f:write(table.concat(lines))
end

check.test("every step of the list has its key", function()
  local changed = {}
  for id, key in pairs(recorded()) do if found[id] ~= key then changed[#changed + 1] = id end end
  table.sort(changed)
  check.eq(table.concat(changed, " "), "")
end)

check.test("every step of the script is in the list", function()
  local list, new = recorded(), {}
  for id in pairs(found) do if not list[id] then new[#new + 1] = id end end
  table.sort(new)
  check.eq(table.concat(new, " "), "", "add these by --update")
end)

check.done()

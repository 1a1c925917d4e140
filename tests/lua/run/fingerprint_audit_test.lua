-- The fingerprint_audit finds what a fingerprint misses: here the walk is made blind, one name
-- at a time.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local fingerprint_audit = require "rille.run.fingerprint_audit"
local fingerprint = require "rille.host.fingerprint"
local graph = require "rille.graph"

local walk = fingerprint.walk

-- Calls body with a walk whose visited objects went through forget(visited).
local function blind(forget, body)
  fingerprint.walk = function(...)
    local info, message = walk(...)
    if info and info.visited then forget(info.visited) end
    return info, message
  end
  local ok, message = pcall(body)
  fingerprint.walk = walk
  if not ok then error(message, 0) end
end

local function nothing() end

-- What the fingerprint_audit says of a step with this body, as lines; and the step's results.
local function audited(run, reads)
  local a = fingerprint_audit.new()
  local results = table.pack(a.around({ name = "s", run = run }))
  a:judging(nothing, { graph = { nodes = { { [graph.ID] = "s" } } } }) { position = 1, reads = reads }
  local lines = {}
  for i, one in ipairs(a.violations) do lines[i] = one.step .. " " .. one.what .. " " .. one.where end
  return table.concat(lines, "\n"), a, results
end

level = 3
local config = { a = 1, b = 2 }
local function helper(x) return x + level end
local function body() return helper(config.a) end

check.test("a step whose fingerprint names all that it reads is clean, and gives what it gave", function()
  local said, a, results = audited(body)
  check.eq(said, "")
  check.eq(a.checked, 1)
  check.eq(results[1], 4)
  check.eq({ config.a, config.b, level, rawget(package.loaded._G, "level") }, { 1, 2, 3, 3 })
  check.eq(getmetatable(_G), nil)
  check.eq(getmetatable(config), nil)
end)

check.test("a global that the fingerprint does not name is found, with its line", function()
  blind(function(visited) visited[_G].level = nil end, function()
    local said = audited(body)
    check.has(said, "s reads the global level")
    check.has(said, "audit_test.lua:" .. debug.getinfo(helper, "S").linedefined)
  end)
end)

check.test("a field of a captured table that the fingerprint does not name is found", function()
  blind(function(visited) visited[config] = { b = true } end,
    function() check.has(audited(body), "reads the field a of a captured table") end)
end)

check.test("a function that the fingerprint does not hold is found when it is called", function()
  blind(function(visited) visited[helper] = nil end, function()
    local said = audited(body)
    check.has(said, "calls a function that the fingerprint does not cover")
    check.has(said, "captures helper")
  end)
end)

check.test("a captured table that the fingerprint does not hold is found", function()
  local list = { 1, 2 }
  blind(function(visited) visited[list] = nil end,
    function() check.has(audited(function() return #list end), "captures list") end)
end)

check.test("a function is found in coroutines, by pcall and by metamethods too", function()
  local class = setmetatable({}, { __index = function() return helper(1) end })
  local ways = {
    function() return coroutine.wrap(function() return helper(1) end)() end,
    function() return select(2, coroutine.resume(coroutine.create(helper), 1)) end,
    function() return select(2, pcall(helper, 1)) end,
    function() return class.x end,
  }
  for i, way in ipairs(ways) do
    check.eq(audited(way), "", "way " .. i)
    blind(function(visited) visited[helper] = nil end,
      function() check.has(audited(way), "calls a function", "way " .. i) end)
  end
end)

check.test("functions that the step makes itself, and what it sets, are its own", function()
  local said = audited(function()
    local function made(n) return n == 0 and 0 or made(n - 1) end
    local t = setmetatable({}, { __index = function(_, k) return k end })
    return made(3) + t[1]
  end)
  check.eq(said, "")
end)

check.test("a step that escapes is held to nothing", function()
  local said, a = audited(function() return _G.level end)
  check.eq(said, "")
  check.eq(a.skipped, 1)
end)

check.test("an error in the step leaves the globals as they were", function()
  check.raises(function() audited(function() error("x" .. level, 0) end) end, "x3")
  check.eq(rawget(_G, "level"), 3)
  check.eq(getmetatable(_G), nil)
  check.eq(debug.gethook(), nil)
end)

check.done()

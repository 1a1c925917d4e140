-- rille blame on random pipelines: what it says of each change is computed here by hand.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local SEED <const> = math.tointeger(tonumber(os.getenv "RILLE_SEED" or 12))
local ROUNDS <const> = math.tointeger(tonumber(os.getenv "RILLE_ROUNDS" or 3))

-- The numbers of a pipeline of three steps: of each a parameter a, a number b in its code, a captured value c; and the
-- number h of a function that all steps call, in a module.
local NAMES <const> = { "a1", "a2", "a3", "b1", "b2", "b3", "c1", "c2", "c3", "h" }

local function value(v)
  local x = 1
  for i = 1, 3 do x = x * v["a" .. i] + v["b" .. i] + x * v.h % 7 * v["c" .. i] end
  return x
end

-- The script and its module with these numbers; comments, and blank lines at random places.
local function texts(v, roll)
  local lines = { (scratch.HEAD:gsub("\n$", "")), 'local lib = require "lib"' }
  local function put(fmt, ...)
    for _ = 1, roll(4) - 3 do lines[#lines + 1] = "-- note " .. roll(100) end
    lines[#lines + 1] = string.format(fmt, ...)
  end
  for i = 1, 3 do put("local c%d = %d", i, v["c" .. i]) end
  for i = 1, 3 do
    put('local s%d = step "s%d" { inputs = { t.integer "x" }, params = { a = 1 }, outputs = { t.integer "y" },', i, i)
    put "run = function(x, p, ctx)"
    put("  local y = x * p.a")
    put("  y = y + %d", v["b" .. i])
    put("  y = y + lib.turn(x) * c%d", i)
    put("  ctx:log_metric { y = y }")
    put "  return y\nend }"
  end
  put 'return pipeline "main" { params = { a1 = 1, a2 = 1, a3 = 1 }, define = function(p)'
  put "  s3 { x = s2 { x = s1 { x = 1, a = p.a1 }, a = p.a2 }, a = p.a3 }"
  put "end }\n"
  return table.concat(lines, "\n"), string.format("local lib = {}\nfunction lib.turn(x)\n  return x * %d %% 7\nend\n"
    .. "return lib\n", v.h)
end

local function write(p, v, name, roll)
  local main, lib = texts(v, roll)
  p:write("main.lua", main)
  p:write("lib.lua", lib)
  p:ok(string.format("run main.lua -q --name %s --set a1=%d --set a2=%d --set a3=%d", name, v.a1, v.a2, v.a3))
end

-- How blame calls the change of a number.
local function label(name, good, bad)
  local kind = name:sub(1, 1)
  if kind == "b" then return "s" .. name:sub(2) .. " code" end
  if kind == "h" then return "function lib.turn" end
  return string.format("%s %d -> %d", name, good[name], bad[name])
end

local function mixed(good, bad, on)
  local v = {}
  for _, name in ipairs(NAMES) do v[name] = on(name) and bad[name] or good[name] end
  return value(v)
end

local function check_effect(e, name, good, bad)
  local alone = mixed(good, bad, function(other) return other == name end) - value(good)
  local without = value(bad) - mixed(good, bad, function(other) return other ~= name end)
  check.eq({ name, e.from_good, e.from_bad }, { name, alone, without })
end

local function round(seed)
  local state = seed
  local function roll(n)
    state = (state * 1103515245 + 12345) & 0x7fffffff
    return (state >> 12) % n + 1
  end
  local good, bad, changed = {}, {}, {}
  for _, name in ipairs(NAMES) do
    good[name] = roll(5)
    bad[name] = good[name]
    if roll(2) == 1 then
      bad[name] = good[name] + roll(3)
      changed[#changed + 1] = name
    end
  end
  local p <close> = scratch.new()
  write(p, good, "good", roll)
  write(p, bad, "bad", roll)
  if value(good) == value(bad) or #changed > 8 then return 0 end
  local result, seen = p:json "blame good bad --metric s3.y --budget 24", {}
  check.eq({ result.a, result.b }, { value(good), value(bad) })
  for _, e in ipairs(result.effects) do
    check.eq(#e.changes, 1)
    seen[e.changes[1].change] = e
  end
  for _, name in ipairs(changed) do
    local e = seen[label(name, good, bad)]
    check.ok(e, "no change " .. label(name, good, bad))
    check_effect(e, name, good, bad)
    seen[label(name, good, bad)] = nil
  end
  check.eq(next(seen), nil)
  return #changed
end

check.test("the effects of random changes are those of the mixtures by hand", function()
  local changes = 0
  for i = 1, ROUNDS do
    local ok, n = pcall(round, SEED + i)
    if not ok then error(string.format("RILLE_SEED=%d RILLE_ROUNDS=1: %s", SEED + i - 1, n), 0) end
    changes = changes + n
  end
  check.ok(changes > 5, changes .. " changes")
end)

check.done()

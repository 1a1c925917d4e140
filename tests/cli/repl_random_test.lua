-- Random sessions at the prompt: a cached result is always that of a run without the cache, and a saved session gives
-- the values of the session.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local test = check.test

math.randomseed(math.tointeger(tonumber(os.getenv "RILLE_SEED" or 20261122)))

local function pick(list) return list[math.random(#list)] end
local function n() return math.random(0, 3) end

local HEAD <const> = [[
local t = rille.types
local scale, cfg = 2, { k = 1, deep = { 5 } }
gain = 3
function inner(x) return x + gain end
local function helper(x) return inner(x) * scale + cfg.k + cfg.deep[1] end
local counter = (function() local c = 0 return { get = function() return c end, set = function(v) c = v end } end)()
local first = rille.step "first" { outputs = { t.number "y" }, run = function() return scale + counter.get() end }
tools = {}
tools.second = rille.step "second" { inputs = { t.number "y" }, params = { k = 1 }, outputs = { t.number "z" },
  run = function(y, p) return helper(y) * p.k end }
local third = rille.step "third" { inputs = { t.number "z" }, outputs = { t.number "w" },
  run = function(z) return z + (tonumber(_) or 0) end }
local p = rille.pipeline "p" { define = function() third(tools.second(first())) end }
]]

-- Entries that change what the steps depend on, each in a way of its own.
local CHANGES <const> = {
  function() return "scale = " .. n() end,
  function() return "local scale = " .. n() end,
  function() return "local scale, other" .. n() .. " = " .. n() .. ", 1" end,
  function() return "cfg.k = " .. n() end,
  function() return "cfg.deep[1] = " .. n() end,
  function() return "local cfg = { k = " .. n() .. ", deep = { 1 } }" end,
  function() return "gain = " .. n() end,
  function() return "counter.set(" .. n() .. ")" end,
  function() return "function inner(x) return x - gain * " .. n() .. " end" end,
  function() return "local function helper(x) return inner(x) + " .. n() .. " * cfg.k end" end,
  function() return ('tools.second = rille.step "second" { inputs = { t.number "y" }, params = { k = %d }, '
    .. 'outputs = { t.number "z" }, run = function(y, p) return helper(y) * p.k end }'):format(n()) end,
  function() return 'local first = rille.step "first" { outputs = { t.number "y" }, run = function() return scale * '
    .. n() .. " end }" end,
  function() return 'local p = rille.pipeline "p" { define = function() ' .. pick { "third(tools.second(first()))",
    "third(first())", "third(tools.second:with { k = 2 } { y = first() })" } .. " end }" end,
  function() return tostring(n()) end,
  function() return "if scale == 1 then return end scale = " .. n() end,
  function() return "return scale + " .. n() end,
}

local CHECK <const> = "do local a, b = p:run {}, p:run { cache = false } local x, y = a.steps.third.output:load(), "
  .. "b.steps.third.output:load() if x ~= y then error(('stale: %s, not %s'):format(x, y)) end end"

test("no cached result is stale, whatever was entered between two runs", function()
  for _ = 1, 4 do
    local project <close> = scratch.new()
    local entries = { HEAD .. CHECK }
    for _ = 1, 25 do
      entries[#entries + 1] = pick(CHANGES)()
      if math.random(3) == 1 then entries[#entries + 1] = CHECK end
    end
    project:write("entries", table.concat(entries, "\n") .. "\n" .. CHECK .. "\n")
    local r = project:sh "$RILLE repl < entries"
    check.eq(r.code, 0, r.err .. "\n" .. table.concat(entries, "\n"))
  end
end)

local SHOW <const> = "print('value', scale, cfg.k, cfg.deep[1], gain, counter.get(), helper(2), inner(1), p.name, _)"

test("a saved session gives the values of the session", function()
  for _ = 1, 8 do
    local project <close> = scratch.new()
    local entries = { HEAD .. SHOW }
    for _ = 1, 25 do
      entries[#entries + 1] = pick(CHANGES)()
      if math.random(3) == 1 then entries[#entries + 1] = SHOW end
    end
    project:write("entries", table.concat(entries, "\n") .. "\n" .. SHOW .. "\n.save work.lua\n")
    local r = project:sh "$RILLE repl < entries | grep ^value"
    local again = project:sh "$RILLE work.lua | grep ^value"
    check.eq(again.out, r.out, again.err .. project:read "work.lua")
  end
end)

check.done()

-- kill -9 while a version is promoted, by the command and by the commit of a run: either state, never two holders, and
-- the history has what the stages are.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local ROUNDS <const> = tonumber(os.getenv "RILLE_ROUNDS") or 30

local SCRIPT <const> = [[
local train = step "train" { params = { C = 1.0 }, outputs = { t.number "model" { kind = "model" } },
  run = function(p, ctx) ctx:log_metric { acc = p.C } ctx:promote(ctx.model, "production", { metric = "acc" }) return p.C end }
return pipeline "main" { model = rille.model "digits" {}, params = { C = 1.0 },
  define = function(p) train { C = p.C } end }
]]

-- The holders of production, and the version that moved there last.
local function state(p)
  local holders, last = {}, nil
  for _, one in ipairs(p:json("model version list digits --limit 1000").items) do
    if one.stage == "production" then holders[#holders + 1] = one.number end
  end
  for _, move in ipairs(p:json("model history digits").items) do
    if move.to == "production" and not last then last = move.version end
  end
  return holders, last
end

-- Starts the command and kills it after so many milliseconds; were they enough for it?
local function killed(p, command, ms)
  local r = p:sh(string.format([["$RILLE" %s >/dev/null 2>&1 & pid=$!; sleep %.4f; kill -9 $pid 2>/dev/null;
    wait $pid 2>/dev/null; echo $?]], command, ms / 1000))
  return r.out:match "^0" == nil
end

local function rounds(p, what, command)
  local cut = 0
  for round = 1, ROUNDS do
    if killed(p, command(round), (round - 1) % 15) then cut = cut + 1 end
    local holders, last = state(p)
    check.eq({ #holders, holders[1] }, { 1, last }, what .. " " .. round)
  end
  check.ok(cut > 0, "no " .. what .. " was killed before it had ended")
end

check.test("a promotion that is killed has happened, or has not", function()
  local p <close> = scratch.script(SCRIPT)
  for C = 1, 3 do p:ok("run main.lua -q --set C=" .. C) end
  rounds(p, "promotion", function(round) return "model promote digits@" .. round % 3 + 1 .. " production --force" end)
end)

check.test("a run that is killed at its commit has made and promoted its version, or neither", function()
  local p <close> = scratch.script(SCRIPT)
  p:ok "run main.lua -q"
  rounds(p, "run", function(round) return "run main.lua -q --set C=" .. round + 1 end)
  for _, one in ipairs(p:json("model version list digits --limit 1000").items) do
    check.eq(one.links, 1)
    check.ok(one.stage == "production" or one.stage == "archived", one.number .. " is in " .. one.stage)
  end
  check.eq(p:rille("fsck").code, 0)
end)

check.done()

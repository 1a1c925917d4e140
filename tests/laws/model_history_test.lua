-- The same history of runs, promotions and deletions gives the same versions, links, stages and moves with the cache on
-- and off.  RILLE_SEED=n draws other histories, RILLE_ROUNDS=n more of them.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local SEED <const> = math.tointeger(tonumber(os.getenv "RILLE_SEED")) or 12
local ROUNDS <const> = math.tointeger(tonumber(os.getenv "RILLE_ROUNDS")) or 3
local LENGTH <const> = 24

local SCRIPT <const> = [[
local data = step "data" { params = { n = 1 }, outputs = { t.integer "n" }, run = function(p) return p.n end }
local train = step "train" { inputs = { t.integer "n" }, params = { C = 1 },
  outputs = { t.integer "model" { kind = "model" }, t.integer "odd" { name = "odd", overwrite = false } },
  run = function(n, p, ctx) ctx:log_metric { acc = (n * 3 + p.C * 7) % 5 } return n * p.C, p.C % 2 end }
local ask = step "ask" { params = { how = 1 }, run = function(p, ctx)
  if p.how == 1 then ctx:promote(ctx.model, "staging") end
  if p.how == 2 then ctx:promote(ctx.model, "production", { metric = "train.acc" }) end
  if p.how == 3 then ctx:promote(ctx.model, "production", { metric = "acc", better = "lower" }) end
  ctx.model:log_metadata { how = p.how }
end }
pipeline "training" { model = rille.model "m" {}, params = { n = 1, C = 1, how = 1 }, define = function(p)
  train { data { n = p.n }, C = p.C } ask { how = p.how } end }
local use = step "use" { inputs = { t.integer "model" }, outputs = { t.integer "y" },
  run = function(v, _, ctx) return v * 100 + ctx.model.number end }
pipeline "using" { model = rille.model "m" { version = "production" }, define = function()
  use { rille.external { model_artifact = "train::model" } } end }
]]

-- What is done in a history, as commands.
local function commands_of(random)
  local list = {}
  for i = 1, LENGTH do
    local what = random(10)
    if what <= 6 then
      list[i] = string.format("run main.lua training -q --set n=%d --set C=%d --set how=%d", random(2), random(3),
        random(3))
    elseif what == 7 then list[i] = "run main.lua using -q"
    elseif what == 8 then list[i] = string.format("model promote m@%d production --force", random(4))
    elseif what == 9 then list[i] = random(2) == 1 and "model promote m --back" or "model promote m@latest none"
    else
      list[i] = string.format("model version delete m@%d --yes%s", random(4), random(2) == 1 and " --force" or "")
    end
  end
  return list
end

-- All that the models say, without what is of a run: its name, and times.
local function state_of(p)
  local lines = {}
  if p:rille("model show m").code ~= 0 then return "no model" end
  for _, one in ipairs(p:json("model version list m --limit 500").items) do
    local version = p:json("model version show m@" .. one.number)
    lines[#lines + 1] = string.format("%d %s %s %d runs", one.number, one.stage, version.metadata.how, #version.runs)
    for _, link in ipairs(version.artifacts) do
      lines[#lines + 1] = string.format("  %s %d %s %s", link.name, link.number, link.kind, link.digest:sub(1, 8))
    end
    for name, value in pairs(version.metrics) do lines[#lines + 1] = string.format("  %s %g", name, value) end
  end
  for _, move in ipairs(p:json("model history m").items) do
    lines[#lines + 1] = string.format("%d %s>%s %s %s", move.version, move.from, move.to, tostring(move.reason),
      tostring(move.displaced_by))
  end
  return table.concat(lines, "\n")
end

-- The exit codes of the commands and what the models say at the end.
local function play(commands, option)
  local p <close> = scratch.script(SCRIPT)
  local codes = {}
  for i, command in ipairs(commands) do
    codes[i] = p:rille(command .. (command:find "^run" and option or "")).code
  end
  return table.concat(codes, " ") .. "\n" .. state_of(p)
end

for round = 1, ROUNDS do
  check.test("history " .. round .. " of models is the same with the cache on and off", function()
    math.randomseed(SEED, round)
    local commands = commands_of(math.random)
    check.eq(play(commands, ""), play(commands, " --no-cache"), string.format("RILLE_SEED=%d, round %d\n%s\n", SEED,
      round, table.concat(commands, "\n")))
  end)
end

check.done()

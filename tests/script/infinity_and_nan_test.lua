-- Infinite numbers and NaN: parameters, metrics and metadata, in every place where
-- they are given, asked for and shown.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local json = require "rille.json"
local scratch = require "scratch"

local project <close> = scratch.new()
project:write("main.lua", [[
local rille = require "rille"
local t = rille.types
local s = rille.step "s" { params = { x = 1.0 }, outputs = { t.number "v" }, run = function(p, ctx)
  ctx:log_metric { m = p.x }
  ctx:log_metadata { seen = { p.x } }
  ctx:log_params { chosen = p.x }
  ctx:log_artifact_metadata("v", { q = p.x })
  return p.x
end }
return rille.pipeline "p" { params = { x = 1.0, text = "" }, define = function(p) s { x = p.x } end }
]])

local function ok(arguments)
  local r = project:rille(arguments)
  if r.code ~= 0 then error(arguments .. ": " .. r.out .. r.err, 2) end
  return r.out
end

local VALUES = { one = "1", inf = "inf", minus = "-inf", nan = "nan", two = "2.5" }
for _, name in ipairs { "one", "inf", "minus", "nan", "two" } do
  ok("run main.lua -q --name " .. name .. " --set x=" .. VALUES[name])
end
ok "run main.lua -q --name other --set x=0 --set text=nan"

local function names(arguments)
  local list = {}
  for i, one in ipairs(json.decode(ok("runs p --json " .. arguments)).items) do list[i] = one.name end
  return table.concat(list, " ")
end

-- What rille config says of a setting.
local function setting(arguments, name)
  for _, one in ipairs(json.decode(ok("config main.lua --json " .. arguments)).items) do
    if one.name == name then return one.value end
  end
end

local function packed(word) return { ["$number"] = word } end

-- { condition, the runs that fit, newest first }
local WHERE = {
  { "FIELD > 2", "two inf" }, { "FIELD > 1e308", "inf" }, { "FIELD >= inf", "inf" },
  { "FIELD < inf", "other two minus one" }, { "FIELD < -5", "minus" },
  { "FIELD = inf", "inf" }, { "FIELD = +inf", "inf" }, { "FIELD = -inf", "minus" }, { "FIELD = nan", "nan" },
  { "FIELD != nan", "other two minus inf one" },
  { "FIELD < nan", "" }, { "FIELD >= nan", "" }, { "FIELD != 1", "other two nan minus inf" },
  { "not FIELD > 2", "other nan minus one" }, { "FIELD != null", "other two nan minus inf one" },
  { "FIELD > 2 or FIELD = nan", "two nan inf" },
}
for _, field in ipairs { "metric.m", "params.x" } do
  for _, one in ipairs(WHERE) do
    local condition = one[1]:gsub("FIELD", field)
    check.test("--where '" .. condition .. "'", function() check.eq(names("--where '" .. condition .. "'"), one[2]) end)
  end
  check.test("NaN is last in both orders of " .. field, function()
    check.eq(names("--sort " .. field), "inf two one other minus nan")
    check.eq(names("--sort " .. field .. ":asc"), "minus other one two inf nan")
  end)
  check.test(field .. " is shown as inf and nan, and given to programs as JSON can say it", function()
    local text = ok("runs p --sort " .. field)
    for _, word in ipairs { " inf\n", " -inf\n", " nan\n" } do check.has(text, word) end
    local values = {}
    for _, one in ipairs(json.decode(ok("runs p --json --sort " .. field)).items) do
      values[one.name] = one.values[field]
    end
    check.eq({ values.inf, values.minus, values.nan, values.two }, { packed "inf", packed "-inf", packed "nan", 2.5 })
  end)
end

check.test("a text that says nan is a text, though a condition finds it", function()
  check.eq(names "--where 'params.text = nan'", "other")
  local items = json.decode(ok "runs p --json --sort params.text --limit 1").items
  check.eq({ items[1].name, items[1].values["params.text"] }, { "other", "nan" })
end)

check.test("--set takes the words that are shown, and YAML's", function()
  for word, key in pairs { inf = "inf", ["+inf"] = "inf", [".inf"] = "inf", Inf = "inf", ["-.inf"] = "-inf",
    ["-inf"] = "-inf", nan = "nan", NaN = "nan", [".nan"] = "nan" } do
    check.eq(setting("--set x=" .. word, "x"), packed(key), word)
  end
  check.eq(project:rille("config main.lua --set x=infinite").code, 3)
  check.eq(setting("--set text=nan", "text"), "nan")
end)

check.test("a configuration file takes them, too", function()
  for text, key in pairs { [".inf"] = "inf", ["-.inf"] = "-inf", [".nan"] = "nan", inf = "inf", nan = "nan" } do
    project:write("c.yaml", "parameters: { x: " .. text .. " }\n")
    check.eq(setting("--config c.yaml", "x"), packed(key), text)
  end
  project:write("c.yaml", "extra: { limit: .inf, none: .nan }\n")
  ok "run main.lua -q --config c.yaml --unlisted --name extra"
  check.eq(json.decode(ok "show extra --json").extra, { limit = packed "inf", none = packed "nan" })
end)

for _, name in ipairs { "inf", "minus", "nan" } do
  local word = VALUES[name]
  check.test("show, diff, plan, graph, why and events tell of " .. word, function()
    local told = json.decode(ok("show " .. name .. " --json"))
    local s = told.steps[1]
    check.eq({ told.parameters.x, s.parameters.x, s.metrics.m, s.metadata.seen, s.logged.chosen,
      s.outputs.v.metadata.q },
      { packed(word), packed(word), packed(word), { packed(word) }, packed(word), packed(word) })
    check.has(ok("show " .. name), "x = " .. word)
    check.has(ok("show " .. name), "v:number " .. word .. "\n")
    check.has(ok("show " .. name .. "/s"), "m = " .. word)
    local diff = ok("diff one " .. name)
    check.has(diff, "parameter x  1.0 -> " .. word)
    check.has(diff, "metric m  1.0 -> " .. word)
    check.eq(json.decode(ok("diff one " .. name .. " --json")).steps[1].metrics[1].b, packed(word))
    check.eq(json.decode(ok("plan main.lua --json --set x=" .. word)).items[1].status, "cached")
    check.has(ok("graph main.lua --set x=" .. word), "number, ")
    check.has(ok("graph main.lua --set x=" .. word), word)
    check.ok(json.decode(ok("graph main.lua --json --set x=" .. word)))
    check.eq(json.decode(ok("why s --run " .. name .. " --json")).status, "completed")
    check.has(ok("why s --run " .. name), "parameter x ")
    check.has(ok("why s --run " .. name), " -> " .. word)
    for line in ok("run main.lua --json --no-cache --unlisted --set x=" .. word):gmatch "[^\n]+" do
      check.ok(json.decode(line))
    end
    check.eq(json.decode(ok("artifact show p::s::v@" .. ({ inf = 2, minus = 3, nan = 4 })[name]
      .. " --json")).metadata.q,
      packed(word))
    check.has(ok("artifact show p::s::v@" .. ({ inf = 2, minus = 3, nan = 4 })[name]), "q = " .. word)
  end)
end

check.test("two runs with NaN do not differ in it", function()
  ok "run main.lua -q --no-cache --unlisted --name again --set x=nan"
  check.eq(json.decode(ok "diff nan again --json").steps, {})
end)

check.test("a progress that is no number is refused", function()
  project:write("progress.lua", [[
local rille = require "rille"
local s = rille.step "s" { cache = false, run = function(_, ctx) ctx:progress(0 / 0) end }
return rille.pipeline "q" { define = function() s() end }
]])
  local r = project:rille "run progress.lua --json"
  check.eq(r.code, 1)
  check.has(r.out, "ctx:progress: expected a fraction from 0 to 1")
end)

check.done()

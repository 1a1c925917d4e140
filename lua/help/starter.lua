-- starter: the files that `rille init` writes.
--
-- Those marked `ours` belong together: where one of them is there already, nothing is written.  Of the others, what is
-- there is kept.

local json = require "rille.json"
local sys = require "rille.host.sys"

local starter = {}

local DATA <const> = [[
day,celsius
2026-11-01,8.5
2026-11-02,11.25
2026-11-03,12.75
2026-11-04,6.0
]]

local PIPELINE <const> = [[
-- A pipeline of two steps.
--
--   rille run pipeline.lua                  the second time, both steps are cached
--   rille run pipeline.lua --set above=8    only the step that uses the parameter runs
--   rille show weather@-1                   the newest run

local rille = require "rille"
local csv = require "rille.csv"
local t = rille.types

local read = rille.step "read" {
  outputs = { t.frame "days" },
  run = function() return csv.read "weather.csv" end,
}

local mean = rille.step "mean" {
  doc = "The mean temperature of the days that are warmer than `above`.",
  inputs = { t.frame "days" },
  params = { above = t.number { default = 10 } },
  outputs = { t.number "celsius" },
  run = function(days, p)
    local warm = days:filter(days:column("celsius"):gt(p.above))
    if #warm == 0 then error("no day is warmer than " .. p.above) end
    return warm:column("celsius"):mean()
  end,
}

return rille.pipeline "weather" {
  params = { above = 10.0 },
  define = function(p) mean { days = read(), above = p.above } end,
}
]]

local TEST <const> = [[
-- The tests of pipeline.lua: rille test

local rille = require "rille"
local array = require "rille.array"
local frame = require "rille.frame"
local testing = require "rille.testing"
local weather = require "pipeline"

local days = frame.new { { "celsius", array.from { 5.0, 12.0, 14.0 } } }

testing.test("only days that are warmer than the parameter count", function()
  local celsius = rille.steps.mean:test { inputs = { days = days }, params = { above = 10 } }
  testing.equal(celsius, 13.0)
end)

testing.test("a parameter that leaves no day is an error", function()
  local function too_warm()
    rille.steps.mean:test { inputs = { days = days }, params = { above = 20 } }
  end
  testing.raises(too_warm, "no day is warmer than 20")
end)

testing.test("the pipeline completes on weather.csv", function()
  local run = testing.run(weather)
  testing.equal(run.steps.mean.outputs.celsius:load(), 12.0)
end)
]]

local LUARC <const> = [[
{
  "runtime.version": "Lua 5.4",
  "workspace.library": [%s],
  "workspace.checkThirdParty": false
}
]]

local STYLUA <const> = [[
syntax = "Lua54"
column_width = 100
indent_type = "Spaces"
indent_width = 2
call_parentheses = "Input"
collapse_simple_statement = "Always"
]]

local IGNORE <const> = ".rille/\n"

local INSTALLED <const> = "/usr/local/share/rille/library"

-- The folder of the stubs that editors read: beside the installed program, or in the sources of one that was built.
---@return string
function starter.library()
  local program = sys.realpath "/proc/self/exe" or ""
  local parent = program:match "^(.*)/[^/]+/[^/]+$" or ""
  for _, folder in ipairs { parent .. "/share/rille/library", parent .. "/library", INSTALLED,
    "/usr/share/rille/library" } do
    if sys.stat(folder .. "/rille.lua") == "file" then return folder end
  end
  return INSTALLED
end

---@class StarterFile
---@field name string
---@field text string
---@field ours boolean? see above

---@return StarterFile[]
function starter.files()
  return {
    { name = "pipeline.lua", text = PIPELINE, ours = true },
    { name = "pipeline_test.lua", text = TEST, ours = true },
    { name = "weather.csv", text = DATA, ours = true },
    { name = ".luarc.json", text = LUARC:format(json.encode(starter.library())) },
    { name = "stylua.toml", text = STYLUA },
    { name = ".gitignore", text = IGNORE },
  }
end

return starter

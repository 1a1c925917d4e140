-- c_modules_test: lpeg, lfs and cjson in a pipeline, in each form of rille: the program, a host with librille.so, one
-- with librille.a, a stock lua5.4 with rille.so.  Each gives the same digests.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local scratch = require "scratch"

local B <const> = scratch.quoted(paths.build)
local SCRIPT <const> = [[
local rille = require "rille"
rille.trust { "cjson" }
local lpeg, lfs, cjson = require "lpeg", require "lfs", require "cjson"
local t = rille.types
local parse = rille.step "parse" { outputs = { t.integer "words", t.string "json", t.string "mode" },
  cache = false,
  run = function()
    local found = lpeg.Ct((lpeg.C(lpeg.R "az" ^ 1) + 1) ^ 0):match "one two three"
    return #found, cjson.encode(found), lfs.attributes(".", "mode")
  end }
return rille.pipeline "rocks" { define = function() parse() end }
]]
local OUTPUTS <const> = { "parse:words", "parse:json", "parse:mode" }

local function needs_modules(project)
  for _, name in ipairs { "lpeg", "lfs", "cjson" } do
    if project:rille("-e 'require \"" .. name .. "\"'").code ~= 0 then check.cannot(name .. " is not installed") end
  end
end

-- The digests of a run in the store, as lines "STEP:OUTPUT DIGEST".
local function digests(project, store)
  local steps = project:json("show rocks@-1 --store " .. store).steps
  local lines = {}
  for i, name in ipairs(OUTPUTS) do
    lines[i] = name .. " " .. steps[1].outputs[name:match ":(.*)"].digest
  end
  return table.concat(lines, "\n") .. "\n"
end

local function in_program()
  local project = scratch.new()
  project:write("rocks.lua", SCRIPT)
  needs_modules(project)
  project:ok "run rocks.lua --store program"
  return project, digests(project, "program")
end

local function hosted(host)
  local project <close>, expected = in_program()
  local r = project:sh(B .. "/" .. host .. " store rocks.lua rocks " .. table.concat(OUTPUTS, " "))
  check.eq(r.code, 0, r.err)
  check.eq((r.out:gsub("(%x%x%x%x%x%x%x%x) [^\n]*", "%1")), expected)
end

check.test("modules in C beside rille in the program", function()
  local project <close>, found = in_program()
  check.has(found, "parse:json ")
  local r = project:sh "$RILLE artifact get rocks::parse::json --store program"
  check.eq(r.out:gsub("%s+$", ""), '["one","two","three"]')
end)

check.test("modules in C beside rille in a host with librille.so", function() hosted "tracer" end)

check.test("modules in C beside rille in a host with librille.a", function() hosted "tracer_static" end)

check.test("modules in C beside rille in a stock Lua", function()
  local lua = scratch.stock_lua()
  if not lua then check.cannot "lua5.4 is not installed" end
  local project <close>, expected = in_program()
  project:write("stock.lua", 'require("rille").open { store = "stock", quiet = true } dofile "rocks.lua":run {}')
  local r = project:sh(string.format("LUA_CPATH=%s'/?.so;;' %s stock.lua", B, lua))
  check.eq(r.code, 0, r.err)
  check.eq(digests(project, "stock"), expected)
end)

check.done()

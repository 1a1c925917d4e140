-- An empty folder .rille says where the store goes.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local SCRIPT = [[
local rille = require "rille"
local array = require "rille.array"
local t = rille.types
local long = "a_step_with_a_rather_long_name_that_people_do_write_now_and_then"
local data = rille.step "data" {
  params = { n = 20 },
  outputs = { t.matrix "X_train", t.matrix "X_test", t.vector "y_train", t.vector "y_test" },
  run = function(p) return array.random({ p.n, 3 }, 1), array.random({ 5, 3 }, 2), array.arange(p.n), array.arange(5) end,
}
local total = rille.step "total" {
  inputs = { t.matrix "X" }, outputs = { t.number "sum", t.string "word" },
  run = function(X) return 0.5, ("\u{65e5}\u{672c} "):rep(30) end,
}
return rille.pipeline "good" {
  params = { n = 20, share = 0.0 },
  define = function(p) total:with { id = long } { X = data { n = p.n }.X_train } end,
}
]]

check.test("an empty .rille says where the store goes: plan, watch and listings know it for none", function()
  local project <close> = scratch.new()
  project:write("main.lua", SCRIPT)
  project:sh "mkdir .rille sub && cp main.lua sub"
  local r = project:rille "plan sub/main.lua"
  check.eq({ r.code, r.err }, { 0, "" })
  r = project:rille "runs"
  check.eq({ r.code, r.err },
    { 4, "rille: there is no store in this folder or above; run a pipeline first, or name one with --store\n" })
  r = project:rille "run sub/main.lua"
  check.eq(r.code, 0)
  check.has(r.err, "store .rille created\n")
  check.has(project:rille("runs").out, "completed")
end)

check.test("a new store has a .gitignore; a store, and a folder with other files, is left alone", function()
  local project <close> = scratch.new()
  project:write("main.lua", SCRIPT)
  project:ok "run main.lua"
  check.eq(project:read ".rille/.gitignore", "*\n")
  project:sh "rm .rille/.gitignore"
  project:ok "run main.lua --no-cache"
  check.eq(project:read ".rille/.gitignore", nil)
  project:ok "fsck"
  project:sh "mkdir empty full; touch full/mine"
  project:ok "run main.lua --store empty"
  check.eq(project:read "empty/.gitignore", "*\n")
  project:ok "run main.lua --store full"
  check.eq(project:read "full/.gitignore", nil)
end)

check.test("a store found further up is named once, last", function()
  local project <close> = scratch.new()
  project:write("main.lua", SCRIPT)
  project:sh "mkdir -p .rille sub/deeper && cp main.lua sub/deeper"
  local store = "  store " .. project.dir .. "/.rille\n"
  local function last(r) return r.err:match "([^\n]*\n)$" end
  check.eq(last(project:sh 'cd sub/deeper && "$RILLE" run main.lua'), store)
  check.eq(last(project:sh 'cd sub/deeper && "$RILLE" run main.lua'), store, "also where all steps are cached")
  local r = project:sh [[cd sub/deeper && printf 'local p = require "main"\np:run {}\np:run {}\n' > twice.lua &&
    "$RILLE" twice.lua]]
  check.eq(r.code, 0, r.err)
  check.eq(select(2, r.err:gsub("  store ", "")), 1)
  check.eq(project:sh('cd sub/deeper && "$RILLE" run main.lua --store ../../.rille').err:find("  store ", 1, true), nil)
  check.eq(project:rille("run sub/deeper/main.lua").err:find("  store ", 1, true), nil)
  check.eq(project:rille("run main.lua").err:find("  store ", 1, true), nil)
end)

check.done()

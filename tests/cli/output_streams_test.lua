-- Standard output that is full, closed or read by nobody, and listings without rows.

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

local function ran(phrase, body)
  check.test(phrase, function()
    local project <close> = scratch.new()
    project:write("main.lua", SCRIPT)
    local r = project:rille "run main.lua --name one"
    check.eq(r.code, 0, r.err)
    body(project)
  end)
end

ran("output that cannot be written is an error, a reader that left is none", function(project)
  local r = project:sh '"$RILLE" runs > /dev/full'
  check.eq({ r.code, r.err }, { 4, "rille: standard output could not be written\n" })
  r = project:sh '"$RILLE" show one --json >&-'
  check.eq({ r.code, r.err }, { 4, "rille: standard output could not be written\n" })
  r = project:sh '{ "$RILLE" help steps; echo $? >code; } | true; cat code'
  check.eq({ r.out, r.err }, { "0\n", "" })
end)

ran("a closed stream does not become a file of the store", function(project)
  project:sh '"$RILLE" run main.lua --no-cache --name two <&- >&- 2>&-'
  check.eq(project:rille("fsck").code, 0)
  check.has(project:rille("runs").out, "two  completed")
end)

ran("a listing in which nothing fits says so, and is empty for programs", function(project)
  local r = project:rille "runs --tag nix"
  check.eq({ r.code, r.out, r.err }, { 0, "", "no run has the tag \"nix\"\nno matching runs\n" })
  check.eq(project:rille("runs --tag nix --json").out, '{"items":[],"next":null}\n')
  r = project:rille "artifact list nix"
  check.eq({ r.code, r.out, r.err }, { 0, "", "no matching artifacts\n" })
end)

ran("diff shows a float as one", function(project)
  project:rille "run main.lua --name two --set share=0.25"
  check.has(project:rille("diff one two").out, "parameter share  0.0 -> 0.25\n")
end)

check.done()

-- rille untag: tags taken off runs and artifacts, whoever put them on.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

check.test("tags are taken off a run and an artifact, also those that they were made with", function()
  local p <close> = scratch.script [[
local s = step "s" { outputs = { t.integer "n" { name = "counter", tags = { "raw" } } }, run = function() return 1 end }
return pipeline "main" { define = function() s() end }]]
  p:ok "run main.lua -q --name one --tag a --tag b"
  check.eq(p:ok "untag one a c", "run one: removed a; c was not there\ntags: b\n")
  check.eq(p:ok "untag one a c", "run one: unchanged: a, c were not there\ntags: b\n")
  check.eq(p:ok "untag counter raw", "counter version 1: removed raw\ntags: none\n")
  check.eq({ p:json("show one").tags, #p:json("runs --tag a").items, #p:json("runs --tag b").items }, { { "b" }, 0, 1 })
  p:ok "run main.lua -q --name two"
  check.eq(p:json("artifact show counter").tags, {}, "the port's tag does not come back")
  check.eq(p:ok "tag one a", "run one: added a\ntags: b, a\n")
  check.eq(p:sh([[sqlite3 .rille/meta.db "select tag, added from tagging where kind = 'run' order by id"]]).out,
    "a|1\nb|1\na|0\na|1\n", "what was done is kept")
  check.has(select(2, p:ok("untag one", 2)), "usage: rille untag")
  check.has(select(2, p:ok("untag nix a", 3)), "no run named 'nix'")
end)

check.test("a name that is a stage can be taken off a run that an older program tagged", function()
  local p <close> = scratch.script [[
local s = step "s" { outputs = { t.integer "n" }, run = function() return 1 end }
return pipeline "main" { define = function() s() end }]]
  p:ok "run main.lua -q --name one --tag prod"
  p:sh "sqlite3 .rille/meta.db \"update tagging set tag = 'production'; update tagged set tag = 'production'\""
  check.eq(p:ok "untag one production", "run one: removed production\ntags: none\n")
end)

check.done()

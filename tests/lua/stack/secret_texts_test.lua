-- Values of the environment that components got as options are in no message, record or log.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"
local secret_texts = require "rille.stack.secret_texts"

check.test("what is removed: the longest first, as plain text", function()
  local flavor = { secrets = { key = true } }
  local list = secret_texts.add({}, flavor, { key = "${env:HOME}", path = "x${env:PWD}y", n = 3, plain = "PATH" })
  check.eq(list, { os.getenv "HOME" })
  check.eq(secret_texts.removed("a%d+b a%d+b.c addb", { "a%d+b.c", "a%d+b" }), "... ... addb")
  check.eq(secret_texts.removed("the run was told to end", { "t", "" }), "the run was told to end")
end)

-- A project in which everything that hears of a run fails with its secret.
local function project()
  local p <const> = scratch.script [[
rille.flavor { kind = "alerter", name = "pager", options = { number = t.string }, secrets = { "number" },
  open = function(o) return { alert = function() error("cannot page " .. o.number) end,
    close = function() error("line of " .. o.number) end } end }
rille.flavor { kind = "experiment_tracker", name = "board", options = { key = t.string }, secrets = { "key" },
  open = function(o) return { step_end = function() error { key = o.key } end } end }
local s = step "s" { cache = false, run = function(_, ctx) ctx.alerter:alert "hello" end }
return pipeline "main" { define = function() s() end,
  on_end = function(run, ctx) ctx.alerter:alert "over" end }
]]
  assert(os.execute("mkdir " .. p:path ".rille"))
  p:write(".rille/config.yaml", [[
format: 1
active: full
components:
  alerter:
    pager: { flavor: pager, options: { number: "${env:PAGER}" } }
    shell: { flavor: command, options: { command: "echo to ${env:SHELL_KEY} $(ps -o args= -p $$); exit 3" } }
  experiment_tracker:
    board: { flavor: board, options: { key: "${env:BOARD}" } }
stacks:
  full: { alerter: [pager, shell], experiment_tracker: board }
]])
  return p
end

check.test("what a flavor raises and what a command prints is told and recorded without the secrets", function()
  local p <close> = project()
  local told = p:sh [[
    export PAGER=S3CRET-one SHELL_KEY=S3CRET-two BOARD=S3CRET-three
    exec 2>&1
    "$RILLE" run main.lua; "$RILLE" show main@-1; "$RILLE" alerter test shell
    "$RILLE" experiment-tracker export main --script main.lua
    cat .rille/meta.db .rille/meta.db-wal]].out
  check.ok(told:find('alerter "pager": not delivered: main.lua:%d+: cannot page %.%.%.'), told)
  check.ok(told:find('experiment tracker "board" failed: .*key = "%.%.%."'), told)
  check.ok(told:find('run main%-[%d%-]+: .*key = "%.%.%."'), told)
  check.eq(told:match "S3CRET%-%a+", nil)
end)

check.done()

-- The commands of components: rille artifact-store, alerter, experiment-tracker and their like.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local scratch = require "scratch"

local KINDS <const> = { "orchestrator", "artifact-store", "metadata-store", "experiment-tracker", "alerter",
  "model-registry", "model-deployer", "data-validator" }

-- A script that adds a flavor.
local PIGEON <const> = [[
local rille = require "rille"
local t = rille.types
rille.flavor { kind = "alerter", name = "pigeon", summary = "a bird", secrets = { "word" }, options = {
  home = t.string { doc = "where it lives" }, speed = t.integer { default = 3, min = 1 }, word = "" },
  open = function() return { alert = function() return true end } end }
]]

local function project()
  local p = scratch.new()
  p:write("birds.lua", PIGEON)
  return p
end

check.test("every kind has list, flavors and a default where stacks need it", function()
  local p <close> = scratch.new()
  for i, word in ipairs(KINDS) do
    check.eq(#p:json(word .. " list").items, i <= 3 and 1 or 0, word)
    for _, one in ipairs(p:json(word .. " flavors").items) do check.eq(one.kind, word) end
    if i <= 3 then check.eq(p:json(word .. " describe").stacks, { "default" }) end
  end
end)

check.test("a component is registered with the options of its flavor, described, updated and deleted", function()
  local p <close> = project()
  check.eq((p:ok "alerter register north --flavor pigeon --script birds.lua --set home=roof"),
    "alerter north registered; add it to a stack: rille stack update STACK --alerter north\n")
  check.eq((p:ok "alerter describe north --script birds.lua"), [[
alerter north
flavor      pigeon
summary     a bird
home        roof
speed       3  (default)
stacks      none
]])
  p:ok "alerter update north --script birds.lua --set speed=9 --set 'word=${env:WORD}'"
  check.eq(p:json("alerter describe north").options, { home = "roof", speed = 9, word = "${env:WORD}" })
  p:ok "alerter update north --script birds.lua --unset speed"
  check.eq(p:json("alerter list").items[1].options.speed, nil)
  p:ok "stack register loud --alerter north"
  check.eq(p:json("alerter describe north").stacks, { "loud" })
  p:ok("alerter delete north", 3)
  p:ok "stack delete loud"
  check.eq((p:ok "alerter delete north"), "alerter north deleted\n")
  check.eq(#p:json("alerter list").items, 0)
end)

check.test("a variable that is empty is no value for an option that needs one", function()
  local p <close> = scratch.new()
  p:ok "experiment-tracker register lab --flavor mlflow --set 'path=${env:LAB_DIR}'"
  p:ok "stack register own --experiment-tracker lab --active"
  p:write("main.lua", scratch.HEAD .. [[
    local s = step "s" { run = function() end }
    return pipeline "p" { define = function() s() end }]])
  local r = p:sh [[LAB_DIR= "$RILLE" run main.lua]]
  check.has(r.err, 'experiment tracker "lab": option path, the value of ${env:LAB_DIR}, is empty; leave it out')
  check.eq(r.code, 3)
  check.eq(p:sh([[LAB_DIR=here "$RILLE" run main.lua -q]]).code, 0)
end)

check.test("an option that is false by default is described as false", function()
  local p <close> = scratch.new()
  p:ok "artifact-store register shared --flavor read-through --set shared=/mnt/x"
  check.has(p:ok "artifact-store describe shared", "\npublish     false  (default)\n")
end)

check.test("an artifact store that is deleted says where its artifacts stay", function()
  local p <close> = scratch.script [[
    local s = step "s" { outputs = { t.string "x" }, run = function() return ("x"):rep(9000) end }
    return pipeline "p" { define = function() s() end }]]
  p:ok "artifact-store register far --flavor local --set path=far"
  p:ok "stack register far --artifact-store far"
  p:ok "run main.lua -q --stack far"
  p:ok "stack delete far"
  check.has(p:ok "artifact-store delete far",
    "/far/objects stay, and are found again when it is registered as before\n")
  p:ok("artifact get p::s::x", 5)
  p:ok "artifact-store register far --flavor local --set path=far"
  check.eq((p:ok "artifact get p::s::x"), ("x"):rep(9000))
end)

check.test("a stack may have several alerters, in order", function()
  local p <close> = project()
  for _, name in ipairs { "b", "a", "c" } do
    p:ok("alerter register " .. name .. " --flavor pigeon --script birds.lua --set home=roof")
  end
  p:ok "stack register loud --alerter b --alerter a"
  check.eq(p:json("stack list").items[2].components.alerter, { "b", "a" })
  p:ok "stack update loud --remove alerter=b"
  check.eq(p:json("stack list").items[2].components.alerter, { "a" })
  p:ok "stack update loud --alerter c --alerter a"
  check.eq(p:json("stack list").items[2].components.alerter, { "c", "a" })
  check.has((p:ok "stack list"), "alerter c, a")
end)

check.test("flavors are listed with their options", function()
  local p <close> = project()
  check.has((p:ok "artifact-store flavors"),
    "read-through  path publish shared  a local folder in front of a shared one")
  check.eq((p:ok "alerter flavors pigeon --script birds.lua"), [[
alerter flavor pigeon
a bird

options
  home   string, required
         where it lives
  speed  integer, default 3
  word   string, default ""; secret: give it as ${env:NAME}
]])
end)

check.test("a secret that was written into the file by hand is neither exported nor used, nor imported", function()
  local p <close> = project()
  assert(os.execute("mkdir " .. p:path ".rille"))
  p:write(".rille/config.yaml", "format: 1\ncomponents:\n  alerter:\n    north: { flavor: pigeon, options: "
    .. "{ home: roof, word: hunter2 } }\nstacks: { loud: { alerter: north } }\n")
  p:write("main.lua", PIGEON .. [[
local s = rille.step "s" { outputs = { t.integer "n" }, run = function() return 1 end }
return rille.pipeline "main" { define = function() s() end }
]])
  local before = p:read ".rille/config.yaml"
  p:write("in.yaml", (before:gsub("loud", "other")))
  for _, command in ipairs { "stack export loud --script birds.lua", "run main.lua --stack loud",
    "stack import in.yaml --script birds.lua" } do
    local r = p:rille(command)
    check.eq(r.code, 3, r.err)
    check.has(r.err, 'alerter "north": option word is secret: give it as ${env:NAME}')
    check.ok(not (r.err .. r.out):find "hunter2", r.err)
  end
  check.eq(p:read ".rille/config.yaml", before)
  check.has((p:ok "alerter describe north --script birds.lua"), "word        (hidden)")
end)

check.test("the shell completes the names of stacks and components, also where nothing has run", function()
  local p <close> = scratch.new()
  check.eq((p:ok "completion names stack"), "default\n")
  p:ok "artifact-store register far --flavor local --set path=/far"
  p:ok "stack register fast --artifact-store far"
  check.eq((p:ok "completion names stack f"), "fast\n")
  check.eq((p:ok "completion names artifact-store"), "default\nfar\n")
  p:write(".rille/config.yaml", "format: 1\nstacks: x\n")
  check.eq({ p:ok "completion names stack" }, { "", "" })
end)

check.test("the commands at the head of examples/stacks.lua make a stack with its tracker", function()
  local p <close> = scratch.new()
  p:write("stacks.lua", scratch.read(paths.root .. "/examples/stacks.lua"))
  local n = 0
  for line in p:read "stacks.lua":gmatch "%-%-   (rille [^\n]+)" do
    p:ok(line:match "^rille (.*)$")
    n = n + 1
  end
  check.eq(n, 4)
  check.ok(p:read "scores.csv":find "^slope%-[%d-]+%-2,fit,loss,0%.000000\n$", p:read "scores.csv")
end)

-- { arguments, exit code, message }
for _, case in ipairs {
  { "alerter register x", 2, "--flavor is missing; list them with rille alerter flavors" },
  { "alerter register --flavor pigeon", 2, "alerter register: name one" },
  { "alerter register x --flavor pigoen --script birds.lua", 3,
    'there is no alerter flavor "pigoen"; did you mean "pigeon"?' },
  { "experiment-tracker register x --flavor mlflow --set path=", 3,
    'experiment tracker "x": option path is empty; leave it out for the default, "mlruns"' },
  { "alerter register x --flavor webhook --set url=", 3, 'alerter "x": option url is empty' },
  { "alerter register x --flavor pigeon --set home=a", 3,
    'available: command, console, file, webhook; for one of your own, require the module with its rille.flavor in '
      .. "the script, or give --script FILE" },
  { "alerter register x --flavor pigeon --script birds.lua", 3,
    'alerter "x": option home is missing (string): where it lives' },
  { "alerter register x --flavor pigeon --script birds.lua --set home=a --set sped=1", 3,
    'alerter "x": flavor pigeon has no option "sped"; did you mean "speed"?' },
  { "alerter register x --flavor pigeon --script birds.lua --set home=a --set speed=fast", 3,
    'alerter "x": option speed: expected an integer, found fast' },
  { "alerter register x --flavor pigeon --script birds.lua --set home=a --set word=hunter2", 3,
    'option word is secret: give it as ${env:NAME}' },
  { "alerter register x --flavor pigeon --script birds.lua --set home", 3, "--set home: expected OPTION=VALUE" },
  { "alerter register x/y --flavor pigeon --script birds.lua --set home=a", 3,
    'alerter: "x/y" is not a name; letters, digits, _ - and . are allowed' },
  { "alerter update x", 2, "give --set OPTION=VALUE or --unset OPTION" },
  { "alerter update x --set home=a", 3, 'no alerter named "x"; register one with rille alerter register NAME' },
  { "alerter describe", 2, "name one, as the active stack has none" },
  { "alerter list x", 2, "alerter list takes no name" },
  { "alerter list --flavor x", 2, "alerter list: --flavor has no effect here" },
  { "alerter lst", 2, 'alerter lst; did you mean "list"?; see rille help alerter' },
  { "artifact-store update default --set path=/x", 3, 'the artifact store "default" is built in and cannot be changed; '
    .. "register another: rille artifact-store register NAME --flavor FLAVOR" },
  { "artifact-store delete default", 3, 'the artifact store "default" is built in and cannot be deleted' },
  { "artifact-store register default --flavor local", 3, 'the artifact store "default" exists already' },
} do
  check.test("refused: rille " .. case[1], function()
    local p <close> = project()
    local r = p:rille(case[1])
    check.eq(r.code, case[2], r.err)
    check.ok(r.err:find(case[3], 1, true), r.err)
    check.ok(not r.err:find "hunter2", r.err)
    check.eq(p:sh("ls -A").out, "birds.lua\n")
  end)
end

check.test("rille alerter test sends a message by one alerter or by those of the stack", function()
  local p <close> = scratch.new()
  p:ok "alerter register log --flavor file --set path=a.jsonl"
  p:ok "alerter register bad --flavor file --set path=none/b.jsonl"
  check.eq((p:ok "alerter test log"), 'alerter "log" (file): delivered\n')
  check.has(p:read "a.jsonl", '"title":"rille alerter test"')
  p:ok "stack register told --alerter log --alerter bad --active"
  local out, err = p:ok("alerter test", 1)
  check.eq(out, 'alerter "log" (file): delivered\n')
  check.has(err, 'alerter "bad" (file): not delivered: ')
  check.eq(p:json("alerter test log").items[1].delivered, true)
  _, err = p:ok("alerter test lgo", 3)
  check.has(err, 'there is no alerter "lgo"; did you mean "log"?')
  p:ok "stack set default"
  _, err = p:ok("alerter test", 3)
  check.has(err, 'the stack "default" has no alerter; name one: rille alerter test NAME')
end)

check.test("every flavor of rille's own is described with its options", function()
  local p <close> = scratch.new()
  local function names(word)
    local list = {}
    for i, one in ipairs(p:json(word .. " flavors").items) do list[i] = one.name end
    return table.concat(list, " ")
  end
  check.eq(names "experiment-tracker", "builtin mlflow tensorboard")
  check.eq(names "alerter", "command console file webhook")
  check.has(p:ok "alerter flavors webhook", "${env:NAME}, a variable that has the URL")
  p:ok "experiment-tracker register board --flavor tensorboard --set path=curves"
  check.has(p:ok "experiment-tracker describe board", p:path "curves")
  local _, err = p:ok("alerter register chat --flavor webhook --set url=https://hooks.example/s3cr3t", 3)
  check.has(err, "option url is secret: give it as ${env:NAME}")
  check.ok(not err:find "s3cr3t")
end)

check.done()

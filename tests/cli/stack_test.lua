-- rille stack: the stacks of a project and what they are made of.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local function fields(list, name)
  local out = {}
  for i, one in ipairs(list) do out[i] = tostring(one[name]) end
  return table.concat(out, " ")
end

local COUNTER = [[
local s = step "s" { params = { n = 0 }, outputs = { t.integer "n" { name = "counter", tags = { "raw" } } }, run = function(p) return p.n end }
return pipeline "main" { params = { n = 0 }, define = function(p) s { n = p.n } end }]]

check.test("a fresh project has exactly three components, with real paths", function()
  local p <close> = scratch.script(COUNTER)
  local function paths()
    local components = p:json("stack describe").components
    return fields(components, "kind"), components[2].path, components[3].path, components[2].exists
  end
  local kinds, objects, db, exists = paths()
  check.eq({ kinds, exists }, { "orchestrator artifact-store metadata-store", false })
  check.has(p:ok("stack describe"), "(made by the first run)")
  check.eq(p:read ".rille/config.yaml", nil, "looking makes nothing")
  p:ok("run main.lua -q")
  check.eq({ objects, db }, { p:path ".rille/objects", p:path ".rille/meta.db" })
  check.eq(select(4, paths()), true)
  check.ok(io.open(db)):close()
  check.eq(p:json("metadata-store describe").path, db)
  check.has(p:ok("artifact-store describe"), "path        " .. objects)
end)

check.test("list and describe are tables", function()
  local p <close> = scratch.new()
  p:ok "artifact-store register far --flavor local --set path=/data/far"
  p:ok "stack register prod --artifact-store far --active"
  check.eq((p:ok "stack list"), [[
stack    active  components beside the defaults
default
prod     yes     artifact store far
]])
  check.eq((p:ok "stack describe"):gsub(" +%(made by the first run%)", ""):gsub(p.dir, "DIR"), [[
stack prod  active

component       name     flavor  path
orchestrator    default  local
artifact-store  far      local   /data/far/objects
metadata-store  default  sqlite  DIR/.rille/meta.db
]])
  check.eq((p:ok "stack show"), "prod\n")
end)

check.test("register, update, copy, set and delete change the configuration", function()
  local p <close> = scratch.script(COUNTER)
  local function parts(name)
    for _, one in ipairs(p:json("stack list").items) do
      if one.name == name then return one.components["artifact-store"][1] .. (one.active and " active" or "") end
    end
  end
  p:ok "artifact-store register a --flavor local --set path=a"
  check.eq((p:ok "stack register one --artifact-store a"),
    "stack one registered; to make it the active one: rille stack set one\n")
  p:ok "stack copy one two"
  p:ok "stack update two --remove artifact-store"
  check.eq({ parts "one", parts "two" }, { "a", "default" })
  p:ok "stack update two --artifact-store a"
  p:ok "stack update two --remove artifact-store=a"
  check.eq(parts "two", "default")
  p:ok "stack set one"
  check.eq(parts "one", "a active")
  p:ok "run main.lua -q"
  check.eq(select(2, p:newest()).stack, "one")
  p:ok "stack set default"
  p:ok "stack delete one"
  check.eq(parts "one", nil)
  check.eq(select(2, p:newest()).stack, "one", "a run keeps the name of its stack")
end)

-- { arguments, exit code, message }
for _, case in ipairs {
  { "stack update default --artifact-store a", 3, 'the stack "default" cannot be changed; make one of your own: '
    .. "rille stack copy default NAME" },
  { "stack delete default", 3, 'the stack "default" is built in and cannot be deleted' },
  { "stack register default", 3, 'the stack "default" exists already' },
  { "stack register one", 3, 'the stack "one" exists already' },
  { "stack register 'a b'", 3, 'stack: "a b" is not a name; letters, digits, _ - and . are allowed' },
  { "stack register new --artifact-store b", 3, 'no artifact store named "b"; available: a, default' },
  { "stack register new --alerter chat", 3, 'no alerter named "chat"; register one with rille alerter register NAME' },
  { "stack register new --artifact-store a --artifact-store default", 3,
    "--artifact-store is given 2 times; a stack has one artifact store" },
  { "stack set on", 3, 'no stack named "on"; did you mean "one"?' },
  { "stack set", 2, "stack set needs a name; usage: rille stack set NAME" },
  { "stack copy one", 2, "stack copy needs a name; usage: rille stack copy FROM TO" },
  { "stack list one", 2, "stack list has too many words" },
  { "stack delete one", 3, 'the stack "one" is active; make another one active first: rille stack set default' },
  { "stack update one", 2, "give --KIND COMPONENT, or --remove KIND" },
  { "stack update one --remove alerter", 3, 'the stack "one" has no alerter' },
  { "stack update one --remove alretr", 3, 'unknown kind of component; did you mean "alerter"?' },
  { "stack set one --artifact-store a", 2, "components are given to rille stack register and update" },
  { "stack set one --remove alerter", 2, "stack set: --remove has no effect here" },
  { "artifact-store delete a", 3, 'artifact store "a" is used by the stack one; remove it there first: '
    .. "rille stack update one --remove artifact-store=a" },
  { "stack import nothing.yaml", 3, "nothing.yaml" },
  { "stack export default", 3, 'the stack "default" is the same in every project; there is nothing to export' },
} do
  check.test("refused: rille " .. case[1], function()
    local p <close> = scratch.new()
    p:ok "artifact-store register a --flavor local --set path=a"
    p:ok "stack register one --artifact-store a --active"
    local before = p:read ".rille/config.yaml"
    local _, err = p:ok(case[1], case[2])
    check.ok(err:find(case[3], 1, true), err)
    check.eq(p:read ".rille/config.yaml", before)
  end)
end

local function team()
  local p = scratch.new()
  p:ok "artifact-store register shared --flavor read-through --set shared=/mnt/x --set publish=true"
  p:ok "stack register team --artifact-store shared"
  return p
end

check.test("a stack that was exported is the same in another project", function()
  local p <close> = team()
  local q <close> = scratch.new()
  p:ok "stack export team -o team.yaml"
  check.eq((p:ok "stack export team"), p:read "team.yaml")
  q:write("team.yaml", p:read "team.yaml")
  check.eq((q:ok "stack import team.yaml"), "registered artifact-store shared\nregistered stack team; to make it "
    .. "active: rille stack set team\n")
  check.eq((q:ok "stack export team"), p:read "team.yaml")
  check.eq((q:ok "stack import team.yaml"), "the same stack is here already\n")
  q:ok "stack import team.yaml again"
  check.eq(fields(q:json("stack list").items, "name"), "again default team")
  check.eq(#q:json("artifact-store list").items, 2, "the equal component is used")
end)

check.test("a file that has nothing is not a stack", function()
  local p <close> = scratch.new()
  for _, text in ipairs { "", "# nothing\n", "null\n", "{}\n" } do
    p:write("empty.yaml", text)
    local _, err = p:ok("stack import empty.yaml", 3)
    check.eq(err, "rille: empty.yaml:1:1: expected format: 1, as in a file of rille stack export\n")
  end
end)

check.test("an import is all or nothing", function()
  local p <close> = team()
  local q <close> = scratch.new()
  q:ok "artifact-store register shared --flavor local --set path=x"
  local before = q:read ".rille/config.yaml"
  q:write("team.yaml", (p:ok "stack export team"))
  local _, err = q:ok("stack import team.yaml", 3)
  check.ok(err:find('artifact store "shared" is here already, with another flavor or other options', 1, true), err)
  check.eq(q:read ".rille/config.yaml", before)
  q:write("bad.yaml", "format: 1\nstacks:\n  x: { alerter: none }\n")
  _, err = q:ok("stack import bad.yaml", 3)
  check.ok(err:find('bad.yaml:3:8: there is no alerter named "none"', 1, true), err)
  check.eq(q:read ".rille/config.yaml", before)
end)

check.test("edits at once by several processes are all made", function()
  local p <close> = scratch.new()
  local commands = {}
  for i = 1, 8 do
    commands[i] = string.format('"$RILLE" artifact-store register s%d --flavor local --set path=p%d -q &', i, i)
  end
  local r = p:sh(table.concat(commands, " ") .. " wait")
  check.eq(r.err, "")
  check.eq(#p:json("artifact-store list").items, 9)
end)

check.test("kill -9 during edits leaves a whole configuration", function()
  local p <close> = scratch.new()
  p:ok "stack register s0"
  for i = 1, 12 do
    p:sh(string.format('"$RILLE" stack register s%d & pid=$!; sleep 0.00%d; kill -9 $pid; wait', i, i % 10))
  end
  check.ok(#p:json("stack list").items >= 2)
  p:ok "stack register last"
  check.eq(p:sh("ls -A .rille").out, ".gitignore\nconfig.yaml\n")
end)

check.done()

-- Stacks and components in .rille/config.yaml: read strictly, written whole.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local config = require "rille.stack.config"
local store_format = require "rille.project.store_format"
local sys = require "rille.host.sys"

local root = assert(sys.make_folder "/tmp/rille-stacks-")
local clean <close> = setmetatable({}, { __close = function() sys.remove(root) end })
assert(clean)

local function parse(text) return config.parse(text, "config.yaml", true) end

local FULL <const> = [[
format: 1
active: prod
components:
  artifact_store:
    shared: { flavor: read-through, options: { shared: /mnt/objects } }
  alerter:
    slack: { flavor: webhook, options: { url: "${env:SLACK}" } }
    log: { flavor: console }
stacks:
  prod: { artifact_store: shared, alerter: [slack, log] }
]]

check.test("a project without stacks has the default one", function()
  local made = parse "format: 1\n"
  check.eq(made.active, "default")
  check.eq(made.stacks, { default = { orchestrator = { "default" }, artifact_store = { "default" },
    metadata_store = { "default" } } })
  check.eq(made.components.metadata_store.default, { flavor = "sqlite", options = {} })
end)

check.test("what a stack needs and does not name is the default", function()
  local made = parse(FULL)
  check.eq(made.active, "prod")
  check.eq(made.stacks.prod, { artifact_store = { "shared" }, alerter = { "slack", "log" },
    orchestrator = { "default" }, metadata_store = { "default" } })
  check.eq(made.components.alerter.slack, { flavor = "webhook", options = { url = "${env:SLACK}" } })
end)

check.test("what was written is read again, and a project without stacks has the file that it began with", function()
  local made = parse(FULL)
  config.write(root, made)
  check.eq(config.read(root), made)
  config.write(root, config.empty())
  check.eq(sys.read_file(root .. "/config.yaml"), store_format.CONFIG)
  check.eq(config.read(root), config.empty())
end)

for _, case in ipairs {
  { "format: 1\nstack: {}\n", 'config.yaml:2:1: unknown key "stack"; did you mean "stacks"?' },
  { "stacks: {}\n", "config.yaml:1:1: expected format: 1" },
  { "format: 1\ncomponents:\n  alerters: {}\n",
    'config.yaml:3:3: unknown kind of component "alerters"; did you mean "alerter"?' },
  { "format: 1\ncomponents:\n  alerter:\n    a: { flavour: x }\n",
    'config.yaml:4:10: unknown key "flavour"; did you mean "flavor"?' },
  { "format: 1\ncomponents:\n  alerter:\n    a: {}\n", "config.yaml:4:5: a component needs a flavor" },
  { "format: 1\ncomponents:\n  artifact_store:\n    default: { flavor: local }\n",
    'config.yaml:4:5: the artifact store "default" is built in' },
  { "format: 1\nstacks:\n  default: {}\n", 'config.yaml:3:3: the stack "default" is built in' },
  { "format: 1\nstacks:\n  x: { alerter: slack }\n",
    'config.yaml:3:8: there is no alerter named "slack"' },
  { "format: 1\nstacks:\n  x: { orchestrator: [default, default] }\n",
    "config.yaml:3:8: a stack has one orchestrator" },
  { "format: 1\nactive: prod\n", 'config.yaml:2:1: there is no stack "prod"' },
  { "format: 1\nstacks:\n  'a b': {}\n",
    'config.yaml:3:3: "a b" is not a name: letters, digits, _ - and . are allowed' },
} do
  local name = "refused: " .. case[1]:gsub("\n", " ")
  check.test(name, function() check.raises(function() parse(case[1]) end, case[2]) end)
end

check.test("every cut and many changes of a configuration are read, or refused at their place", function()
  local read, refused = 0, 0
  local function try(text)
    local ok, message = pcall(parse, text)
    if ok then read = read + 1 return end
    refused = refused + 1
    check.ok(type(message) == "string" and message:find "^config%.yaml:%d+:%d+: ", tostring(message) .. "\n" .. text)
  end
  local parts = { "[", "]", "{", "}", ":", "-", "1", "~", " ", "\n", '"', "x" }
  for i = 1, #FULL do
    try(FULL:sub(1, i))
    try(FULL:sub(1, i - 1) .. FULL:sub(i + 1))
    try(FULL:sub(1, i - 1) .. parts[i % #parts + 1] .. FULL:sub(i + 1))
    try(FULL:sub(1, i) .. parts[(i * 7) % #parts + 1] .. FULL:sub(i + 1))
  end
  check.ok(read > 100 and refused > 100, read .. " " .. refused)
end)

check.done()

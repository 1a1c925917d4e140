-- Flavors: those of rille's own by their files, those of a script by rille.flavor.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local flavors = require "rille.stack.flavors"
local kinds = require "rille.stack.kinds"
local options = require "rille.stack.options"
local t = require("rille").types

local function noop() return {} end

check.test("every file in stack/flavor/ is a flavor of its folder's kind and its own name", function()
  local n = 0
  for _, kind in ipairs(kinds.list) do
    for _, name in ipairs(flavors.names(kind.name)) do
      local one = flavors.get(kind.name, name)
      check.eq({ one.kind, one.name, type(one.summary) }, { kind.name, name, "string" })
      n = n + 1
    end
  end
  check.ok(n >= 3, n .. " flavors")
end)

check.test("a flavor of a script is found by its name, in place of one of rille's own", function()
  flavors.define { kind = "alerter", name = "pigeon", options = { home = t.string, speed = 3 }, open = noop }
  local found = flavors.get("alerter", "pigeon")
  check.eq({ found.options[1].name, found.options[2].name, found.options[2].default }, { "home", "speed", 3 })
  check.ok(table.concat(flavors.names "alerter", " "):find "pigeon")
  flavors.define { kind = "orchestrator", name = "local", summary = "mine", open = noop }
  check.eq(flavors.get("orchestrator", "local").summary, "mine")
end)

check.test("a record with a mistake is refused", function()
  local function refused(message, record) check.raises(function() flavors.define(record) end, message) end
  refused("rille.flavor: expected a table of fields, found nil", nil)
  refused('rille.flavor: unknown field "opens"; did you mean "open"?', { opens = noop })
  refused('kind must be a kind of component, found "alertor"; did you mean "alerter"?',
    { kind = "alertor", name = "x", open = noop })
  refused("name must be letters, digits, - and _, found nil", { kind = "alerter", open = noop })
  refused("open must be a function(options, env) that gives an object, found nil", { kind = "alerter", name = "x" })
  refused('secrets names "token", not an option',
    { kind = "alerter", name = "x", secrets = { "token" }, open = noop })
end)

local function pigeon()
  flavors.define { kind = "alerter", name = "pigeon", options = { home = t.string, speed = t.integer { default = 3,
    min = 1 }, word = "" }, secrets = { "word" }, open = noop }
  return flavors.get("alerter", "pigeon")
end

check.test("options are checked by their types", function()
  local flavor = pigeon()
  local function refused(message, given)
    check.raises(function() options.check('alerter "p"', flavor, given) end, message)
  end
  check.eq(options.check("p", flavor, { home = "roof" }), { home = "roof" })
  refused('alerter "p": option home is missing (string)', {})
  refused('alerter "p": flavor pigeon has no option "spede"; did you mean "speed"?', { home = "a", spede = 1 })
  refused('alerter "p": option speed: expected an integer of at least 1, found 0', { home = "a", speed = 0 })
  refused('alerter "p": option home: ${HOME}; only ${env:NAME} is replaced', { home = "${HOME}" })
end)

check.test("a secret comes from the environment alone, and no message has it", function()
  local flavor = pigeon()
  local ok, message = pcall(options.check, 'alerter "p"', flavor, { home = "a", word = "hunter2" })
  check.eq(ok, false)
  check.ok(message:find("option word is secret: give it as ${env:NAME}", 1, true), message)
  check.ok(not message:find "hunter2", message)
  check.eq(options.check("p", flavor, { home = "a", word = "${env:WORD}" }).word, "${env:WORD}")
end)

check.test("${env:NAME} is replaced when a component is opened", function()
  local flavor = pigeon()
  check.eq(options.resolve("p", flavor, { home = "${env:HOME}/x" }).home, os.getenv "HOME" .. "/x")
  check.eq(options.resolve("p", flavor, { home = "a" }).speed, 3)
  check.raises(function() options.resolve("p", flavor, { home = "${env:RILLE_NO_SUCH}" }) end,
    "option home: the environment variable RILLE_NO_SUCH is not set")
end)

check.done()

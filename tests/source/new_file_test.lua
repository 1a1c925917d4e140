-- A new file costs no edit elsewhere: a command, a battery, a materializer (with its line in
-- the manifest) and a test are added to a copy of the sources, which --scripts reads.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"

local RILLE <const> = paths.rille

local function shell(text)
  local p = assert(io.popen("{ " .. text .. "; } 2>&1"))
  local out = p:read "a"
  local _, _, code = p:close()
  return out, code
end

local folder <const> = shell("mktemp -d"):gsub("\n", "")
assert(os.execute(string.format("cd '%s' && cp -r lua stdlib materializers %s/", paths.root, folder)))

local function write(path, text)
  local f = assert(io.open(folder .. "/" .. path, "w"))
  f:write(text)
  f:close()
end

local function rille(arguments)
  return shell(string.format("cd %s && '%s' --scripts %s %s", folder, RILLE, folder, arguments))
end

write("lua/cmd/greet.lua", [[
-- rille greet NAME
local command = {
  name = "greet", synopsis = "greet NAME", summary = "say hello",
  usage = "greet NAME [--loud]", min = 1, max = 1,
  options = { ["--loud"] = { text = "shout" } },
}

function command.run(args) print(args.loud and "HELLO " .. args[1]:upper() or "hello " .. args[1]) end

return command
]])
os.execute("mkdir -p " .. folder .. "/stdlib/money")
write("stdlib/money/money.lua", [[
-- money: amounts of a currency.
local money = {}
money.Amount = { __name = "money.Amount" }
money.Amount.__index = money.Amount
function money.new(n) return setmetatable({ n = n }, money.Amount) end
function money.Amount:double() return money.new(2 * self.n) end
return money
]])
write("materializers/money.lua", [[
-- An amount, as text.
local money = require "rille.money"
return {
  version = 1, class = money.Amount,
  save = function(v, art) art:write("amount.txt", tostring(v.n)) end,
  load = function(art) return money.new(tonumber(art:read "amount.txt")) end,
}
]])
write("p.lua", [[
local rille = require "rille"
local money = require "rille.money"
local earn = rille.step "earn" { outputs = { rille.types.money "m" }, run = function() return money.new(21) end }
local double = rille.step "double" { inputs = { rille.types.money "m" }, outputs = { rille.types.money "m" },
  run = function(m)
  assert(getmetatable(m) == money.Amount)
  return m:double()
end }
return rille.pipeline "p" { define = function() double(earn()) end }
]])
write("p_test.lua", [[
local testing = require "rille.testing"
testing.test("doubles", function() testing.equal(require("rille.money").new(2):double().n, 4) end)
]])

local function edit_manifest()
  local f = assert(io.open(folder .. "/materializers/manifest.lua"))
  local text = f:read "a"
  f:close()
  text = text:gsub("tree = {", 'money = { "Amount" }, tree = {', 1):gsub('"tree" },', '"tree", "money" },', 1)
  write("materializers/manifest.lua", text)
end
edit_manifest()

check.test("a command runs, has help, is completed and is meant by a word near to it", function()
  check.eq(rille "greet Ann", "hello Ann\n")
  check.eq(rille "greet Ann --loud", "HELLO ANN\n")
  check.has(rille "help", "\n  rille greet NAME       say hello\n")
  check.has(rille "greet -h", "rille greet NAME [--loud]\n\nsay hello\n\n  --loud ")
  check.has(rille "completion bash", '    greet) flags="')
  check.has(rille "gret", 'did you mean "greet"?')
  local text, code = rille "greet"
  check.eq(code, 2)
  check.eq(text, "rille: usage: rille greet NAME [--loud]\n")
end)

check.test("without the folder there is no such command", function()
  check.has(shell(string.format("'%s' greet Ann", RILLE)), "neither a command nor a file")
end)

check.test("a battery and its materializer: a step captures one, the artifact is of its type", function()
  local text, code = rille "run p.lua"
  check.eq(code, 0, text)
  check.has(rille "run p.lua", "all 2 steps cached")
  check.has(rille "-q show p::double::m", "money")
  check.eq(rille "artifact get p::double::m", "42")
end)

check.test("a battery counts in keys by its name: an edit of it changes no key", function()
  local path = folder .. "/stdlib/money/money.lua"
  local f = assert(io.open(path, "a"))
  f:write "-- the end\n"
  f:close()
  check.has(rille "run p.lua", "all 2 steps cached")
end)

check.test("a test is found by its name", function()
  local text, code = rille "test -v"
  check.eq(code, 0, text)
  check.has(text, "doubles")
end)

check.test("hints know the battery", function()
  check.has(rille "-e 'print(money.new(1))'", [[write local money = require "rille.money" above]])
end)

check.test("an error in one of the new files is one of rille's, with its place", function()
  write("lua/cmd/broken.lua",
    'return { name = "broken", usage = "broken", summary = "", run = function() local x = nil; return x.y end }\n')
  local text, code = rille "broken"
  check.eq(code, 70)
  check.has(text, "rille:lua/cmd/broken.lua:1:")
end)

os.execute("rm -rf " .. folder)
check.done()

-- What the prompt offers at the cursor.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local completion = require "rille.repl.completion"
local rille = require "rille"
local session = require "rille.repl.session"

require("rille.run.script_file").interactive()

local test = check.test
local environment = package.loaded._G
local work = session.new({ put = function() end, complain = print, width = function() return 80 end }, environment)

-- "FROM:choice choice ..." at the end of the line.
local function offered(line)
  local list = table.pack(completion.of(work, line, #line))
  return list[1] .. ":" .. table.concat(list, " ", 2)
end

test("locals of the session, globals and keywords", function()
  work:enter "local candidate_one, candidate_two = { alpha = 1, ['no name'] = 2, beta = { gamma = 3 } }, 2"
  work:enter "candidate_three = 3"
  check.eq(offered "x = cand", "5:candidate_one candidate_three candidate_two")
  check.eq(offered "whi", "1:while")
  check.eq(offered "", "1:")
end)

test("fields of tables, also through __index tables; methods behind a colon", function()
  check.eq(offered "candidate_one.", "15:alpha beta")
  check.eq(offered "print(candidate_one.beta.g", "26:gamma")
  work:enter "object = setmetatable({ own = 1 }, { __index = { method = print, field = 2 } })"
  check.eq(offered "object.", "8:field method own")
  check.eq(offered "object:", "8:method")
  check.eq(offered "('x'):up", "7:")
  check.eq(offered "nothing.at.all", "12:")
end)

test("no metamethod is called", function()
  work:enter [[called = 0
trap = setmetatable({}, { __index = function() called = called + 1 end, __pairs = function() called = called + 1 end })]]
  offered "trap."
  offered "trap.a.b"
  check.eq(environment.called, 0)
end)

test("inputs and parameters of a step within its braces", function()
  local t = rille.types
  environment.svc = rille.step "svc" { inputs = { t.number "rate" }, params = { gamma = 0.1, retries_wanted = 2 },
    outputs = { t.number "y" }, run = function(x) return x end }
  check.eq(offered "svc { ", "7:gamma =  rate =  retries_wanted = ")
  check.eq(offered "p(svc { rate = f { 1 }, ga", "25:gamma = ")
  check.eq(offered "svc { rate = { ", "16:")
end)

test("files inside a text; dot commands at the beginning", function()
  check.eq(offered 'io.open "lua/repl/completion_t', '10:lua/repl/completion_test.lua')
  check.eq(offered 'io.open "lua/rep', '10:lua/repl/')
  check.has(offered ".he", "1:.help ")
end)

check.done()

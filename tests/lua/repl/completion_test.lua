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

test("arguments that are written are not offered again; values of enums, with and without quotes", function()
  local t = rille.types
  environment.kern = rille.step "kern" { inputs = { t.number "rate" }, params = { gamma = 0.1,
    kernel = t.enum { "rbf", "linear", default = "rbf" } }, outputs = { t.number "y" }, run = function(x) return x end }
  check.eq(offered "kern { rate = 1, f { gamma = 2 },\n  ", "37:gamma =  kernel = ")
  check.eq(offered "kern { kernel = ", '17:"linear" "rbf"')
  check.eq(offered 'kern { kernel = "', "18:linear rbf")
  check.eq(offered "kern { kernel = 'l", "18:linear")
  check.eq(offered "kern { -- a \" quote\n  gam", "23:gamma = ")
  check.eq(offered "kern({ ker", "8:kern kernel = ")
end)

test("options of methods, and fields of definitions", function()
  environment.pipe = rille.pipeline "pipe" { params = { alpha = 1 }, define = function() end }
  environment.rille = rille
  check.has(offered "pipe:run { ru", "12:run_name = ")
  check.has(offered "pipe:run { ", "execution_mode = ")
  check.eq(offered "pipe:run { params = { ", "23:alpha = ")
  check.eq(offered 'pipe:run { execution_mode = "f', "30:fail_fast")
  check.eq(offered "kern:with { retr", "13:retries = ")
  check.eq(offered 'rille.step "x" { inp', "18:inputs = ")
  work:enter "local step = rille.step"
  check.eq(offered 'step "x" { doc = "", ret', "22:retries = ")
  check.eq(offered 'step "x" { run = function() ret', "29:return")
  check.eq(offered 'rille.pipeline("x") { defi', "23:define = ")
end)

test("lazy fields of rille, types, texts and comments", function()
  check.eq(offered "rille.pipel", "7:pipeline pipelines")
  check.eq(offered "rille.types.matr", "13:matrix")
  check.eq(offered "-- rille.", "1:")
  check.eq(offered "x = 'it\\'s a comp", "6:")
  check.has(offered 'require "rille.c', "10:rille.csv")
  check.eq(offered "?rille.pipel", "8:pipeline pipelines")
end)

test("columns of a frame in its methods", function()
  environment.wine = require("rille.frame").new { { "ash", { 1 } }, { "alcohol", { 2 } } }
  check.eq(offered 'wine:column "', "14:alcohol ash")
  check.eq(offered 'wine:drop { "ash", "al', "21:alcohol")
end)

test("commands and what they take", function()
  check.eq(offered ".run pi", "6:pipe")
  check.eq(offered ".load lua/repl/completion_t", "7:lua/repl/completion_test.lua")
  check.eq(offered ".help quit", "7:quit")
end)

check.done()

-- The alerter that appends to a file; what steps and hooks say is in tests/script/alerts_test.lua.
package.path = "../../../../lib/?.lua;" .. package.path
local alerting_project = require "alerting_project"
local check = require "check"
local json = require "rille.json"
local paths = require "paths"

local SCRIPT <const> = [[
local s = step "s" { run = function(_, ctx) for i = 1, 20 do ctx.alerter:alert(("x"):rep(9000) .. i) end end }
return pipeline "main" { define = function() s() end }
]]

local function lines(p, path)
  local list = {}
  for line in p:read(path):gmatch "[^\n]+" do list[#list + 1] = line end
  return list
end

check.test("lines of processes that alert at once do not mix", function()
  local p <close> = alerting_project("file", "path: log/all.jsonl", SCRIPT)
  assert(os.execute("mkdir " .. p:path "log"))
  check.ok(os.execute(string.format("cd '%s' && for i in 1 2 3; do %s run main.lua -q & done; wait", p:path "",
    paths.rille)))
  local list = lines(p, "log/all.jsonl")
  check.eq(#list, 60)
  for _, line in ipairs(list) do check.eq(#json.decode(line).text // 9000, 1) end
end)

check.test("a line that was torn stays alone, and a text of any bytes is JSON", function()
  local p <close> = alerting_project("file", "", [[
local s = step "s" { run = function(_, ctx) ctx.alerter:alert "a\xff\0b\"\n" end }
return pipeline "main" { define = function() s() end }
]])
  p:write("alerts.jsonl", '{"text":"to')
  p:ok "run main.lua"
  local list = lines(p, "alerts.jsonl")
  check.eq(list[1], '{"text":"to')
  check.eq(json.decode(list[2]).text, "a\u{FFFD}\0b\"\n")
end)

check.test("a file that cannot be written is reported once, recorded each time, and fails no run", function()
  local p <close> = alerting_project("file", "path: none/alerts.jsonl", [[
local s = step "s" { run = function(_, ctx) ctx.alerter:alert "first" ctx.alerter:alert "second" end }
return pipeline "main" { define = function() s() end }
]])
  local _, err = p:ok "run main.lua"
  local _, times = err:gsub('alerter "tell": not delivered: ', "")
  check.eq(times, 1)
  local notes = p:json("show main@-1").notes
  check.eq(#notes, 2)
  check.has(notes[1], 'alerter "tell": not delivered: ')
  check.ok(notes[2]:find "No such file or directory %(second%)", notes[2])
end)

check.test("a pipe that nobody reads is not waited for", function()
  local p <close> = alerting_project("file", "", [[
local s = step "s" { run = function(_, ctx) ctx.alerter:alert "first" end }
return pipeline "main" { define = function() s() end }
]])
  local r = p:sh 'mkfifo alerts.jsonl; timeout 10 "$RILLE" run main.lua'
  check.eq(r.code, 0, r.err)
  check.ok(r.err:find "not delivered: [^\n]*alerts.jsonl: not a file", r.err)
end)

check.test("without a path the file is in the .rille folder, which git does not see", function()
  local p <close> = alerting_project("file", "path: x", [[
local s = step "s" { run = function(_, ctx) ctx.alerter:alert "here" end }
return pipeline "main" { define = function() s() end }
]])
  p:ok "alerter update tell --unset path"
  p:ok "run main.lua"
  check.has(p:read ".rille/alerts.jsonl", '"text":"here"')
  check.has(p:ok "alerter describe tell", p:path ".rille/alerts.jsonl")
  p:ok "fsck"
end)

check.done()

-- live_log_test.lua -- what another process reads of a running run.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local graph = require "rille.graph"
local live_log = require "rille.record.live_log"
local project = require "rille.project"
local sys = require "rille.host.sys"

local ID <const> = "00aa"
local folder = assert(sys.make_folder "/tmp/rille-live-")
local clean <close> = setmetatable({}, { __close = function() sys.remove(folder) end })
assert(clean)
assert(sys.mkdirs(folder .. "/runs"))

-- A project whose metadata knows the progress of a run, and what was kept of one whose process had died.
local progress, unfinished = {}, nil
project.resume { dir = folder, interrupted_runs = {}, created = false, meta = {
  progress = function(_, row, done, total) progress = { row, done, total } end,
  unfinished = function() return unfinished end,
  close = function() end,
} }

local PLAN <const> = { n_hits = 1, count = function() return 5 end, is_virtual = function(_, i) return i == 4 end,
  is_cached = function(_, i) return i == 3 end, result_row = function(_, i) return i == 3 and 77 or nil end,
  graph = { nodes = { { [graph.ID] = "a" }, { [graph.ID] = "b" }, { [graph.ID] = "c" }, { [graph.ID] = "map" } } } }

local function new() return live_log.new({ row = 3, id = ID }, PLAN) end

local function text() return sys.read_file(live_log.path(ID)) end

local function log(w, i, s, at) w:on_event("log", i, s, { at = at or 0 }) end

-- Ends the test: the file goes.
local function close(w)
  w:close()
  check.eq(text(), nil)
end

check.test("a run that prints nothing has no file", function()
  local w = new()
  w:on_event("step_begin", 1)
  w:on_event("step_end", 1, { seconds = 1 })
  w:flush()
  check.eq(text(), nil)
  check.eq(progress, { 3, 2, 5 })
  close(w)
end)

check.test("what a step prints is a line with its place in the log", function()
  local w = new()
  log(w, 1, "one\n")
  log(w, 1, "two\n", 4)
  w:flush()
  check.eq(text(),
    '{"step":"a"}\n{"at":0,"attempt":1,"step":"a","text":"one\\n","to":4}\n'
      .. '{"at":4,"attempt":1,"step":"a","text":"two\\n","to":8}\n')
  close(w)
end)

check.test("it is written at the next tick, ten times a second at most", function()
  local w = new()
  log(w, 1, "one\n")
  w:on_event "tick"
  local first = text()
  log(w, 1, "two\n", 4)
  w:on_event "tick"
  check.eq(text(), first)
  close(w)
end)

check.test("an attempt that failed ends with its error, the next one begins anew", function()
  local w = new()
  log(w, 2, "try\n")
  w:on_event("step_retry", 2, { error = "no luck", seconds = 1 })
  log(w, 2, "again\n")
  w:on_event("step_end", 2, { seconds = 2 })
  w:flush()
  check.eq(live_log.texts(ID),
    { { id = "b", text = "try\nno luck\nagain\n", status = "completed", parts = { "try\n", "no luck\n", "again\n" },
      read = {} } })
  close(w)
end)

check.test("the log of a step in this process comes with its end", function()
  local w = new()
  w:on_event("step_failed", 3, { error = "bad", seconds = 1, log = "so far\n" })
  w:flush()
  local one = live_log.texts(ID)[1]
  check.eq({ one.id, one.text, one.status }, { "c", "so far\nbad\n", "failed" })
  close(w)
end)

check.test("text that was left out is a line of its own", function()
  local w = new()
  log(w, 1, "head\n")
  log(w, 1, "tail\n", 2005)
  w:flush()
  local one = live_log.texts(ID)[1]
  check.has(one.text, "head\n")
  check.has(one.text, "2,000 bytes of this log are left out here")
  check.eq(one.text:sub(-5), "tail\n")
  close(w)
end)

check.test("a character is never cut", function()
  local w = new()
  local long = ("é"):rep(5000)
  log(w, 1, "x" .. long)
  w:flush()
  check.eq(live_log.texts(ID)[1].text, "x" .. long)
  for line in text():gmatch "[^\n]+" do check.ok(utf8.len(line), "a line is no UTF-8") end
  close(w)
end)

check.test("a long file is replaced by the beginnings and ends of the running steps", function()
  local w = new()
  local line, at = ("x"):rep(99) .. "\n", 0
  log(w, 2, "ended\n")
  w:on_event("step_end", 2, { seconds = 1 })
  for i = 1, 25000 do
    log(w, 1, i == 1 and "first\n" or line, at)
    at = at + (i == 1 and 6 or 100)
    if i % 5000 == 0 then w:flush() end
  end
  log(w, 1, "last\n", at)
  w:flush()
  local kept = text()
  check.eq(kept:match "^[^\n]*", '{"part":2}')
  check.ok(#kept < 4 << 20, #kept)
  check.has(kept, "first")
  check.has(kept, "last")
  check.eq(kept:find("ended", 1, true), nil)
  close(w)
end)

check.test("steps that a condition skipped count, those that stand for others do not", function()
  local w = new()
  w:on_event("step_skipped", 2)
  w:on_event("step_skipped", 4)
  w:on_event("step_stopped", 3, { unstarted = true })
  w:flush()
  check.eq(progress, { 3, 3, 5 })
  close(w)
end)

check.test("of a run whose process died the metadata has the rest; a line that is not whole is left out", function()
  unfinished = '{"step":"a"}\n{"at":0,"attempt":1,"step":"a","text":"one\\n","to":4}\nnot JSON\n{"step":"a","te'
  local list = live_log.texts(ID)
  unfinished = nil
  check.eq({ #list, list[1].text, list[1].status }, { 1, "one\n", nil })
end)

check.test("the same text read twice is told once", function()
  local read = {}
  local event = { at = 0, to = 4, attempt = 1, text = "one\n" }
  check.eq(live_log.next_text(event, read), "one\n")
  check.eq(live_log.next_text(event, read), nil)
  check.eq(live_log.next_text({ attempt = 1, text = "failed\n" }, read), "failed\n")
  check.eq(live_log.next_text({ attempt = 1, text = "failed\n" }, read), nil)
  check.eq(live_log.next_text({ at = 0, to = 4, attempt = 2, text = "two\n" }, read), "two\n")
end)

check.test("an id that is no hexadecimal number leads to no path", function()
  local ok, failure = pcall(live_log.path, "../meta")
  check.eq({ ok, failure.code }, { false, -12 })
end)

check.test("progress is read from the lock of the run", function()
  check.eq(live_log.progress(ID), nil)
  assert(sys.write_file(live_log.lock(ID), "123 456\n2 7 \n"))
  check.eq(live_log.progress(ID), { done = 2, total = 7 })
end)

project.close()
check.done()

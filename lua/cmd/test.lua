-- rille test [FILE|DIR...]: the tests of a project, each file in a process of its
-- own (a forked child that has loaded nothing yet).

local child_wait = require "rille.execute.child_wait"
local internal_error = require "rille.base.internal_error"
local json = require "rille.json"
local format = require "rille.base.format"
local worker_process = require "rille.host.worker_process"
local project = require "rille.project"
local report = require "rille.testing.report"
local global_options = require "rille.project.global_options"
local signals = require "rille.project.signals"
local out = require "rille.show.out"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"
local value = require "rille.host.value"

local command = {
  name = "test", order = 170, synopsis = "test",
  summary = "run the tests of a project",
  usage = "test [FILE|DIR...] [--update] [-v] [--json]",
  runs = true,
  options = {
    ["--update"] = { text = "save the values given to testing.golden" },
  },
  help = [[
rille test [FILE|DIR...] [--update] [-v] [--json]

Runs test files, each in its own process: the named files, and all files
*_test.lua in and below the named folders (default: the working folder).  Prints
one line per file, followed by its failures and where they are.

  --update   save the values passed to testing.golden in golden/ beside the
             test, instead of comparing them
  -v         one line per test
  --json     {"items":[...],"next":null}, each test with file, test, status
             (passed, failed, skipped), seconds and message

How to write them: rille help testing

Exit codes: 0 all passed; 1 a test failed; 2 usage.

  rille test
  rille test digits_test.lua -v
]],
}

local usage = out.usage

-- The files *_test.lua at and below a folder, hidden ones left out.
local function find(folder, found)
  local names = sys.list(folder) or {}
  table.sort(names)
  for _, name in ipairs(names) do
    local path = folder == "." and name or folder .. "/" .. name
    local kind = name:sub(1, 1) ~= "." and sys.stat(path)
    if kind == "folder" then find(path, found)
    elseif kind == "file" and name:find "_test%.lua$" then found[#found + 1] = path end
  end
  return found
end

local function files_of(args)
  local found = {}
  for _, path in ipairs(args[1] and args or { "." }) do
    local kind = sys.stat(path)
    if not kind then usage("test: there is no %s", path) end
    if kind == "folder" then find(path:gsub("(.)/+$", "%1"), found) else found[#found + 1] = path end
  end
  if #found == 0 then usage("test: there is no file *_test.lua here; see rille help testing") end
  return found
end

-- In the child: runs the file, tells of each test and of the end.
local serve
function serve(path, channel)
  signals.waiting_for "quiet"
  local function send(message) assert(channel:send(value.encode(message))) end
  report.to(function(result)
    send { name = result.name, ok = result.ok, message = result.message or false, trace = result.trace or {},
      seconds = result.seconds or 0.0, skipped = result.skipped or false }
  end)
  local ok, err = xpcall(function() require("rille.run.script_file").program(path, nil, nil, {}) end, function(err)
    local found = internal_error.at(err, serve)
    if internal_error.is(found) then return internal_error.report(found, require "rille.base.version") end
    if type(err) == "table" then return err.usage or err.message or "it failed" end
    return tostring(err)
  end)
  local kit = package.loaded["rille.testing.golden"]
  project.shut_down()
  send { finished = true, error = not ok and err or false, written = kit and kit.written or 0 }
end

local function no_result(name, message)
  return { name = name, ok = false, message = message, trace = {}, seconds = 0.0, skipped = false }
end

-- { file, tests = { result... }, seconds, written }
local function run_file(path)
  io.stdout:flush()
  local t0 = sys.mono()
  local channel <close> = assert(worker_process.fork(function(c) serve(path, c) end))
  local stopped, ending = false, child_wait.ending_signals(channel)
  local function stop(level)
    stopped = true
    ending(level)
  end
  local one = { file = path, tests = {}, written = 0 }
  while true do
    local bytes = child_wait.receive(channel, stop)
    local message = bytes and value.decode(bytes)
    if not message then
      local why = stopped and "it was stopped" or "its process ended early"
      one.tests[#one.tests + 1] = no_result("the file runs to its end", why)
      break
    elseif message.finished then
      one.written = message.written
      if message.error then one.tests[#one.tests + 1] = no_result("the file runs to its end", message.error)
      elseif #one.tests == 0 then one.tests[1] = no_result("the file has tests", "it never called testing.test") end
      break
    end
    for _, field in ipairs { "message", "skipped" } do message[field] = message[field] or nil end
    one.tests[#one.tests + 1] = message
  end
  one.seconds = sys.mono() - t0
  return one
end

local function count(tests)
  local n = { passed = 0, failed = 0, skipped = 0 }
  for _, one in ipairs(tests) do
    local word = one.skipped and "skipped" or one.ok and "passed" or "failed"
    n[word] = n[word] + 1
  end
  return n
end

local function add(total, n)
  for k, v in next, n do total[k] = total[k] + v end
end

-- A line for the file; below it what failed, and with -v every test.
local function print_file(one)
  local n = count(one.tests)
  local word = n.failed > 0 and "failed" or "ok"
  local counts = report.count_text(n):gsub(", 0 failed", "")
  terminal.put(report.line(word, string.format("%-27s %-30s", one.file, counts), one.seconds), "\n")
  for _, test in ipairs(one.tests) do
    local kind = test.skipped and "skipped" or test.ok and "ok" or "failed"
    if kind ~= "ok" or global_options.verbose then
      terminal.put("  ", report.line(kind, test.name, kind ~= "skipped" and test.seconds or nil), "\n")
      for _, line in ipairs(report.message_lines(test)) do terminal.put("            ", line, "\n") end
    end
  end
end

local function item(one, test)
  return { file = one.file, test = test.name, status = test.skipped and "skipped" or test.ok and "passed" or "failed",
    seconds = test.seconds, message = test.skipped or test.message or json.null }
end

function command.run(args)
  local files = files_of(args)
  global_options.set { update_golden = args.update }
  local waits <close> = signals.waiting_for "child"
  assert(waits)
  local t0, total, written, items = sys.mono(), { passed = 0, failed = 0, skipped = 0 }, 0, {}
  for _, path in ipairs(files) do
    local one = run_file(path)
    add(total, count(one.tests))
    written = written + one.written
    if global_options.json then
      for _, test in ipairs(one.tests) do items[#items + 1] = item(one, test) end
    elseif not global_options.quiet or count(one.tests).failed > 0 then
      print_file(one)
    end
    if signals.received() then break end
  end
  if global_options.json then
    out.json { items = json.array(items), next = json.null }
  else
    local text = report.count_text(total)
    terminal.put(string.format("%s in %s", total.failed > 0 and format.in_colour("red", text) or text,
      format.seconds(sys.mono() - t0)), "\n")
    if written > 0 then terminal.put(format.plural(written, "golden value"), " written\n") end
  end
  return total.failed > 0 and 1 or 0
end

return command

-- project_test.lua -- finding, opening and changing projects, and the openers that tests give.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local global_options = require "rille.project.global_options"
local meta = require "rille.host.meta"
local program = require "rille.project.program"
local project = require "rille.project"
local signals = require "rille.project.signals"
local store = require "rille.host.store"
local sys = require "rille.host.sys"

local root = assert(sys.make_folder "/tmp/rille-project-")
local clean <close> = setmetatable({}, { __close = function() sys.remove(root) end })
assert(clean)

local function in_folder(path)
  project.close()
  global_options.set { store = false }
  assert(sys.mkdirs(path))
  project.set_folder(path)
end

check.test("a project is the nearest .rille upward, or where a run would make it", function()
  assert(sys.mkdirs(root .. "/up/a/b"))
  in_folder(root .. "/up/a/b")
  check.eq({ project.find() }, { root .. "/up/a/b/.rille", false })
  assert(sys.mkdirs(root .. "/up/.rille"))
  check.eq({ project.find() }, { root .. "/up/.rille", false })
end)

check.test("the named store is nearer than any folder", function()
  in_folder(root .. "/up/a/b")
  global_options.set { store = root .. "/named" }
  check.eq({ project.find() }, { root .. "/named", false })
end)

check.test("reading makes nothing, writing makes the project and says so once", function()
  in_folder(root .. "/new")
  local ok, message, code = project.open "read"
  check.eq({ ok, code }, { nil, -4 })
  check.has(message, "there is no store in this folder or above")
  check.eq(sys.stat(root .. "/new/.rille"), nil)
  check.eq(project.open "write", true)
  check.eq({ project.take_news() }, { true, {} })
  check.eq({ project.take_news() }, { false, {} })
  check.eq(sys.stat(root .. "/new/.rille/meta.db"), "file")
end)

check.test("an open project is not opened again; reading becomes writing", function()
  project.need "write"
  local opened = project.meta
  project.need "read"
  check.eq(rawequal(project.meta, opened), true)
  project.close()
  check.eq({ project.meta, project.store, project.mode }, {})
  project.need "read"
  check.eq(project.mode, "read")
  project.need "write"
  check.eq(project.mode, "write")
end)

check.test("tests give other openers for store and metadata", function()
  in_folder(root .. "/openers")
  local opened = {}
  local before = project.use_openers {
    store = function(dir) opened[#opened + 1] = "store" return store.open(dir) end,
    meta = function(dir, options) opened[#opened + 1] = "meta" return meta.open(dir, options) end,
  }
  project.need "write"
  project.close()
  check.eq(opened, { "meta", "store" })
  project.use_openers { store = function() return nil, "the store is on fire", -3 end }
  local ok, message, code = project.open "write"
  check.eq({ ok, message, code }, { nil, "the store is on fire", -3 })
  check.eq(project.meta, nil)
  project.use_openers(before)
  check.eq(project.open "write", true)
end)

check.test("a suspended project goes on where it was", function()
  in_folder(root .. "/one")
  project.need "write"
  local one, folder = project.meta, project.folder()
  local suspended = project.suspend()
  check.eq({ project.meta, project.store, project.dir, project.mode }, {})
  in_folder(root .. "/two")
  project.need "write"
  check.eq(project.dir, root .. "/two/.rille")
  project.resume(suspended)
  check.eq({ project.dir, project.mode, project.folder() }, { root .. "/one/.rille", "write", folder })
  check.eq(rawequal(project.meta, one), true)
  check.eq(#project.meta:runs {}, 0)
end)

check.test("relative paths start from the base folder", function()
  in_folder(root .. "/one")
  check.eq({ project.resolve "a/b", project.resolve "./a", project.resolve "/a" },
    { root .. "/one/a/b", root .. "/one/a", "/a" })
end)

check.test("only this file knows the folder's layout", function()
  in_folder(root .. "/one")
  project.need "write"
  local dir = root .. "/one/.rille"
  check.eq({ project.run_file("00ab", ".lock"), project.tmp_folder(), project.parent_folder() },
    { dir .. "/runs/00ab.lock", dir .. "/tmp", root .. "/one" })
  assert(sys.mkdirs(dir .. "/runs"))
  assert(sys.write_file(dir .. "/runs/00ab.live", ""))
  assert(sys.write_file(dir .. "/runs/other", ""))
  check.eq(project.run_files(), { { id = "00ab", ending = "live", path = dir .. "/runs/00ab.live" } })
  local ok, failure = pcall(project.run_file, "../../etc/passwd", ".lock")
  check.eq({ ok, failure.code, getmetatable(failure) == project.Failure }, { false, -12, true })
end)

check.test("scratch is one folder of the process, below tmp", function()
  project.need "write"
  local path = project.scratch()
  check.eq(path:sub(1, #project.tmp_folder() + 5), project.tmp_folder() .. "/run-")
  check.eq(project.scratch(), path)
  check.eq(sys.stat(path), "folder")
end)

check.test("an error of the store is told apart from others", function()
  check.eq(project.check(1, "m", -3), 1)
  local ok, failure = pcall(project.check, nil, "no space left", -9)
  check.eq({ ok, tostring(failure), failure.code }, { false, "no space left", -9 })
end)

-- Options and the program --------------------------------------------------------------

check.test("setting options gives what they were before", function()
  local before = global_options.set { jobs = 4, json = true }
  check.eq({ before, global_options.jobs, global_options.json }, { { jobs = false, json = false }, 4, true })
  global_options.set(before)
  check.eq({ global_options.jobs, global_options.json }, { false, false })
  check.eq((pcall(global_options.set, { jbos = 1 })), false)
end)

check.test("a command that only inspects lets nothing run, and remembers it", function()
  program.check_may_run 'pipeline "p"'
  program.inspect "lint"
  local ok, message = pcall(program.check_may_run, 'pipeline "p"')
  program.inspect(nil)
  check.eq(ok, false)
  check.has(tostring(message), 'rille lint only looks at the script, and here the script runs pipeline "p"')
  check.eq(program.was_refused(), true)
end)

-- Signals --------------------------------------------------------------------------------

check.test("what a signal waits for is told, and told back when it is closed", function()
  local told = {}
  signals.connect(function(how, lines) told[#told + 1] = how or lines return 2, 1, 0 end)
  do
    local waits <close> = signals.waiting_for "workers"
    assert(waits)
    do
      local step <close> = signals.waiting_for "step"
      assert(step)
    end
  end
  signals.live_region(3)
  check.eq(told, { "workers", "step", "workers", "idle", 3 })
  check.eq({ signals.received() }, { 2, 1, 0 })
  signals.ignore()
  check.eq({ signals.received() }, {})
end)

project.close()
check.done()

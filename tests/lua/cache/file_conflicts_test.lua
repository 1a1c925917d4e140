-- file_conflicts_test.lua -- steps that share a file without a wire: rille.cache.file_conflicts.
-- The facts are those that the observer records of real files.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local file_conflicts = require "rille.cache.file_conflicts"
local graph = require "rille.graph"
local observe = require "rille.host.observe"
local step = require "rille.script.step"
local sys = require "rille.host.sys"
local t = require "rille.script.types".t

local base <const> = assert(sys.make_folder "/tmp/rille-conflicts-")
local file <const> = base .. "/shared.txt"

local make = step.define "make" { params = { v = 1 }, outputs = { t.number "x" }, run = function() return 1 end }
local use = step.define "use" { inputs = { t.number "x" }, run = function() end }

-- Two steps, with a wire between them or not.
local function conflicts_of(wired, cache)
  return file_conflicts.new(graph.build("here.lua:1", nil, function()
    local x = make:with { id = "first", cache = cache }()
    if wired then use:with { id = "second" }(x) else make:with { id = "second", v = 2, cache = cache }() end
  end))
end

-- What a step was seen to do while it called f.
local function facts(f)
  observe.begin { seed = ("s"):rep(32) }
  local ok, message = pcall(f)
  local found = observe.finish()
  assert(ok, message)
  return found
end

local function writes(text)
  return facts(function()
    local f <close> = assert(io.open(file, "w"))
    f:write(text)
  end)
end

local function reads()
  return facts(function()
    local f <close> = assert(io.open(file))
    f:read "a"
  end)
end

local function is_read_error(message)
  check.has(message, 'step "second" reads ' .. file .. ', which step "first" of this pipeline writes')
  check.has(message, 'but no wire connects them:\npass the file as an output, or order them: after = { "first" }')
end

check.test("a step that reads what another wrote is an error, in either order", function()
  local written, read = writes "1", reads()
  local c = conflicts_of(false)
  check.eq(c:check_run(1, "key 1", written), nil)
  is_read_error(c:check_run(2, "key 2", read))
  c = conflicts_of(false)
  check.eq(c:check_run(2, "key 2", read), nil)
  is_read_error(c:check_run(1, "key 1", written))
end)

check.test("with a wire between them it is none", function()
  local written, read = writes "1", reads()
  local c = conflicts_of(true)
  check.eq(c:check_run(1, "key 1", written), nil)
  check.eq(c:check_run(2, "key 2", read), nil)
end)

check.test("a hit that conflicts is no hit, and leaves nothing behind", function()
  local written, read = writes "1", reads()
  local c = conflicts_of(false)
  check.eq(c:check_hit(2, "key 2", read.reads, false), nil)
  check.has(c:check_hit(1, "key 1", written.reads, true), "reads " .. file)
  check.eq(c:check_run(2, "key 2", read), nil, "the write of the refused hit is not registered")
end)

check.test("nodes with one key are one piece of work", function()
  local written = writes "1"
  local c = conflicts_of(false)
  check.eq(c:check_run(1, "same", written), nil)
  check.eq(c:check_run(2, "same", written), nil)
end)

check.test("two steps that write a file are an error, unless nothing of both is kept", function()
  local one, other = writes "1", writes "2"
  local c = conflicts_of(false)
  check.eq(c:check_run(1, "key 1", one), nil)
  check.has(c:check_run(2, "key 2", other), 'step "second" writes ' .. file
    .. ', which step "first" of this pipeline writes too')
  c = conflicts_of(false, false)
  check.eq({ c:check_run(1, "key 1", one), c:check_run(2, "key 2", other) }, {})
end)

check.test("until a step writes, facts are not even decoded", function()
  local c = conflicts_of(false)
  check.eq(c:check_run(1, "key 1", { reads = "no facts" }), nil)
  check.eq(c:check_run(2, "key 2", {}), nil)
end)

sys.remove(base)
check.done()

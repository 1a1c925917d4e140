-- store_failures_test.lua -- the engine uses the store through its interface alone (host/store/interface.lua): a run
-- with a decorated store is the same run, and each call that fails is a clean error after which the next run is right.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local decorator = require "store_decorator"
local paths = require "paths"
local scratch = require "scratch"

-- Values of all kinds: in the database, compressed, mapped, from a file, in a folder; and one that is loaded.
local SCRIPT <const> = [[
local rille = require "rille"
local array = require "rille.array"
local step, pipeline, t = rille.step, rille.pipeline, rille.types
local make = step "make" { outputs = { t.string "text", t.array "numbers", t.dir "dir" }, run = function(_, ctx)
  local f <close> = assert(io.open(ctx:output_uri "dir" .. "/file", "w"))
  f:write(("of the file "):rep(200))
  return ("text "):rep(3000), array.arange(20000), nil
end }
local use = step "use" { inputs = { t.string "text", t.array "numbers", t.dir "dir" }, outputs = { t.integer "n" },
  run = function(text, numbers, dir)
    local f <close> = assert(io.open(dir.path .. "/file"))
    return #text + #numbers + #f:read "a"
  end }
return pipeline "p" { define = function()
  local made = make()
  use(made.text, made.numbers, made.dir)
end }
]]

local HEAD <const> = string.format([[
package.path = %q .. package.path
require("store_decorator").install()
]], paths.root .. "/tests/lib/?.lua;")

local function project_with(script)
  local project = scratch.new()
  project:write("main.lua", script)
  return project
end

local function number(project) return project:rille("artifact get p::use::n").out end

-- The newest versions with their digests.
local function digests(project)
  local lines, text = {}, project:rille("artifact list --json").out
  for digest, name in text:gmatch '"digest":"(%x+)".-"name":"([^"]+)"' do lines[#lines + 1] = name .. " " .. digest end
  check.ok(#lines == 4, "no digests were found")
  return lines
end

local function counts_of(project)
  local counts = {}
  for name, n in (project:read "counts" or ""):gmatch "(%g+) (%d+)" do counts[name] = tonumber(n) end
  return counts
end

for _, jobs in ipairs { "", " -j 2" } do
  local how = jobs == "" and "" or " with workers"
  local plain <close> = project_with(SCRIPT)
  local decorated <close> = project_with(HEAD .. SCRIPT)
  local ran = plain:rille("run main.lua" .. jobs)
  local r = decorated:sh("STORE_COUNTS=counts \"$RILLE\" run main.lua" .. jobs)
  local counts <const> = counts_of(decorated)

  check.test("a run through a decorated store gives the same" .. how, function()
    check.eq(ran.code, 0, ran.err)
    check.eq(r.code, 0, r.err)
    check.ok((counts.sync or 0) > 0, "the store was not decorated")
    check.eq(number(decorated), number(plain))
    check.eq(digests(decorated), digests(plain))
    check.has(decorated:rille("run main.lua" .. jobs).err, "all 2 steps cached")
  end)

  -- a step in a worker has the calls of its own process
  for method in ("put put_file begin finish note sync get copy_out map_path has intact sig path clean"):gmatch "%S+" do
    check.test("each " .. method .. " that fails is a clean error, and the next run is right" .. how, function()
      for n = 1, math.max(counts[method] or 0, jobs ~= "" and 2 or 0) do
        local project <close> = project_with(HEAD .. SCRIPT)
        local r = project:sh(string.format('STORE_FAILS=%s:%d "$RILLE" run main.lua%s', method, n, jobs))
        local said = method .. ":" .. n .. "\n" .. r.out .. r.err
        check.ok(not said:find "internal error" and not said:find "stack traceback", said)
        if r.code ~= 0 then check.has(said, decorator.MESSAGE) end
        local again = project:rille("run main.lua" .. jobs)
        check.eq(again.code, 0, said .. again.err)
        check.eq(number(project), number(plain), said)
        local sound = project:rille "fsck"
        check.eq(sound.code, 0, said .. sound.out .. sound.err)
        check.eq(project:sh("ls .rille/tmp | grep -c put-").out, "0\n", said)
      end
    end)
  end
end

check.done()

-- The objects of a store: how values are stored, checked by other programs, and mended.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"
local json = require "rille.json"

local HEAD = [[
local rille = require "rille"
local step, pipeline, t = rille.step, rille.pipeline, rille.types
]]

-- A project with the files; text is main.lua less its head.
local function project(text, files)
  local p = scratch.new()
  p:write("main.lua", HEAD .. text)
  for name, content in pairs(files or {}) do p:write(name, content) end
  return p
end

-- Runs rille; it has to end with the code (0), and gives what it printed.
local function ok(p, args, code)
  local r = p:rille(args)
  check.eq(r.code, code or 0, args .. ": " .. r.err .. r.out)
  return r.out, r.err
end

local function ask(p, args) return json.decode((ok(p, args .. " --json"))) end

-- The newest run: its steps by id.
local function newest(p, name)
  local run = ask(p, "show " .. (name or "main") .. "@-1")
  local steps = {}
  for _, one in ipairs(run.steps) do steps[one.id] = one end
  return steps, run
end

-- "a=completed b=cached" of the newest run, in order.
local function statuses(p, name)
  local _, run = newest(p, name)
  local parts = {}
  for i, one in ipairs(run.steps) do parts[i] = one.id .. "=" .. one.status end
  return table.concat(parts, " ")
end

check.test("a large array is stored as it is, and the next step maps it", function()
  local p <close> = project [[
    local array = require "rille.array"
    local make = step "make" { outputs = { t.vector "x" }, run = function() return array.random(100000, 1) end }
    local look = step "look" { inputs = { t.vector "x" }, outputs = { t.boolean "fixed" }, run = function(x) return not pcall(x.set, x, 1, 0.0) end }
    return pipeline "main" { define = function() look(make()) end }]]
  ok(p, "run main.lua -q")
  check.eq(ok(p, "artifact get main::look::fixed"), "true")
  local artifact = ask(p, "artifact show main::make::x")
  check.eq(artifact.uri, "file://" .. p:sh("pwd -P").out:gsub("\n", "") .. "/.rille/objects/" .. artifact.members[1].digest:sub(1, 2) .. "/" ..
    artifact.members[1].digest:sub(3))
  check.eq(p:sh("sha256sum .rille/objects/" .. artifact.members[1].digest:sub(1, 2) .. "/* | cut -c1-64").out, artifact.members[1].digest .. "\n")
end)

check.test("every object is audited with lz4 and sha256sum, an artifact with sha256sum -c", function()
  local p <close> = project [[
    local text = step "text" { outputs = { t.string "s" }, run = function() return ("rille\n"):rep(2000) end }
    local files = step "files" { inputs = { t.dir "d" }, outputs = { t.dir "d" }, run = function(d) return d end }
    return pipeline "main" { define = function() text() files(rille.dir "in") end }]]
  p:sh "mkdir -p in/sub && seq 5000 > in/sub/numbers && echo hi > in/hi"
  ok(p, "run main.lua -q")
  local r = p:sh [[
    n=0
    for f in .rille/objects/*/*; do
      name=$(echo "$f" | sed 's,.*/objects/\(..\)/,\1,; s,\.lz4$,,')
      case $f in *.lz4) sum=$(lz4 -dc "$f" | sha256sum) ;; *) sum=$(sha256sum < "$f") ;; esac
      [ "${sum%% *}" = "$name" ] || exit 1
      n=$((n + 1))
    done
    echo $n
    "$RILLE" artifact get main::files::d -o out && cd out && sha256sum -c --quiet SHA256SUMS && cmp files/sub/numbers ../in/sub/numbers]]
  check.eq(r.code, 0, r.err)
  check.eq(r.out, "3\n")
end)

check.test("a damaged object is found, is no hit, and heals when its step runs again", function()
  local p <close> = project [[
    local text = step "text" { outputs = { t.string "s" }, run = function() return ("rille\n"):rep(2000) end }
    local size = step "size" { inputs = { t.string "s" }, outputs = { t.integer "n" }, run = function(s) return #s end }
    return pipeline "main" { define = function() size(text()) end }]]
  ok(p, "run main.lua -q")
  p:sh "f=$(ls .rille/objects/*/*); chmod u+w $f; printf x | dd of=$f bs=1 seek=20 conv=notrunc"
  check.has(ok(p, "fsck", 5), "1 problem")
  check.has(ok(p, "artifact verify", 5), "1 bad")
  p:sh "rm -f .rille/objects/*/*"
  ok(p, "run main.lua -q")
  check.eq(statuses(p), "text=completed size=cached")
  ok(p, "fsck")
end)

check.test("loading an artifact runs no code: what is stored is data", function()
  local p <close> = project [[
    local s = step "s" { params = { n = 1 }, outputs = { t.any "f" }, run = function() return print end }
    return pipeline "main" { define = function() s() end }]]
  local _, err = ok(p, "run main.lua -q", 1)
  check.has(err, 'output "f": a function has no materializer')
end)

check.done()

-- The objects of a store: how values are stored, checked by other programs, and mended.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

check.test("a large array is stored as it is, and the next step maps it", function()
  local p <close> = scratch.script [[
    local array = require "rille.array"
    local make = step "make" { outputs = { t.vector "x" }, run = function() return array.random(100000, 1) end }
    local look = step "look" { inputs = { t.vector "x" }, outputs = { t.boolean "fixed" }, run = function(x) return not pcall(x.set, x, 1, 0.0) end }
    return pipeline "main" { define = function() look(make()) end }]]
  p:ok("run main.lua -q")
  check.eq(p:ok("artifact get main::look::fixed"), "true")
  local artifact = p:json("artifact show main::make::x")
  check.eq(artifact.uri, "file://" .. p:sh("pwd -P").out:gsub("\n", "") .. "/.rille/objects/"
    .. artifact.members[1].digest:sub(1, 2) .. "/" ..
    artifact.members[1].digest:sub(3))
  check.eq(p:sh("sha256sum .rille/objects/" .. artifact.members[1].digest:sub(1, 2) .. "/* | cut -c1-64").out,
    artifact.members[1].digest .. "\n")
end)

check.test("every object is audited with lz4 and sha256sum, an artifact with sha256sum -c", function()
  local p <close> = scratch.script [[
    local text = step "text" { outputs = { t.string "s" }, run = function() return ("rille\n"):rep(2000) end }
    local files = step "files" { inputs = { t.dir "d" }, outputs = { t.dir "d" }, run = function(d) return d end }
    return pipeline "main" { define = function() text() files(rille.dir "in") end }]]
  p:sh "mkdir -p in/sub && seq 5000 > in/sub/numbers && echo hi > in/hi"
  p:ok("run main.lua -q")
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
  local p <close> = scratch.script [[
    local text = step "text" { outputs = { t.string "s" }, run = function() return ("rille\n"):rep(2000) end }
    local size = step "size" { inputs = { t.string "s" }, outputs = { t.integer "n" }, run = function(s) return #s end }
    return pipeline "main" { define = function() size(text()) end }]]
  p:ok("run main.lua -q")
  p:sh "f=$(ls .rille/objects/*/*); chmod u+w $f; printf x | dd of=$f bs=1 seek=20 conv=notrunc"
  check.has(p:ok("fsck", 5), "1 problem")
  check.has(p:ok("artifact verify", 5), "1 bad")
  p:sh "rm -f .rille/objects/*/*"
  p:ok("run main.lua -q")
  check.eq(p:statuses(), "text=completed size=cached")
  p:ok("fsck")
end)

check.test("loading an artifact runs no code: what is stored is data", function()
  local p <close> = scratch.script [[
    local s = step "s" { params = { n = 1 }, outputs = { t.any "f" }, run = function() return print end }
    return pipeline "main" { define = function() s() end }]]
  local _, err = p:ok("run main.lua -q", 1)
  check.has(err, 'output "f": a function has no materializer')
end)

check.done()

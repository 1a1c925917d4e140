-- Inputs that are mapped from the store: the project is moved, or they are damaged.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

-- Large enough to be mapped: 8 bytes times 20,000.
local MAPPED = [[
local rille = require "rille"
local array = require "rille.array"
local t = rille.types
local make = rille.step "make" { outputs = { t.vector "x" }, run = function() return array.arange(1, 20000) end }
local twice = rille.step "twice" { inputs = { t.vector "x" }, outputs = { t.vector "x" }, run = function(x) return x * 2 end }
local total = rille.step "total" {
  inputs = { t.vector "x" }, params = { add = 0 }, outputs = { t.integer "sum" },
  run = function(x, p) return math.tointeger(x:sum()) + p.add end,
}
return rille.pipeline "p" {
  params = { add = t.list(t.integer) { default = { 0 } } },
  define = function(p)
    local x = twice(make())
    for i, add in ipairs(p.add) do total:with { id = "total_" .. i } { x = x, add = add } end
  end,
}
]]

local function with(text, body)
  local project <close> = scratch.new()
  project:write("main.lua", text)
  body(project)
end

local function ran_mapped(phrase, body)
  check.test(phrase, function()
    with(MAPPED, function(project)
      check.eq(project:rille("-q run main.lua").code, 0)
      body(project)
    end)
  end)
end

-- Every object: one byte in the middle is another.
local function damage(project)
  local r = project:sh [[
    for f in .rille/objects/*/*; do
      chmod u+w $f
      printf '\125\252' | dd of=$f bs=1 seek=$(($(stat -c %s $f) / 2)) conv=notrunc status=none
    done]]
  check.eq(r.err, "")
end

ran_mapped("a project that was moved hits, mapped inputs too", function(project)
  local r = project:sh('mkdir ../$(basename $PWD).moved && mv main.lua .rille ../$(basename $PWD).moved && cd '
    .. '../$(basename $PWD).moved && "$RILLE" plan main.lua; cd /; rm -rf "$OLDPWD"')
  check.has(r.out, "3 cached, 0 to run")
end)

ran_mapped("an input that is damaged is made again in the same run", function(project)
  damage(project)
  local r = project:rille "fsck"
  check.eq(r.code, 5)
  check.has(r.out, "2 problems")
  r = project:rille "run main.lua --set 'add=[5]'"
  check.has(r.err, "re-ran    make, twice: its output is missing from the store, or damaged")
  check.has(r.err, "3 ran")
  check.eq(r.code, 0)
  check.eq(project:rille("artifact get p::total_1::sum").out, "400020005")
  check.eq(project:rille("fsck").code, 0)
end)

ran_mapped("several steps that meet the same damage wait for one repair", function(project)
  damage(project)
  local r = project:rille "run main.lua --set 'add=[5,6,7]'"
  check.eq(r.code, 0, r.err)
  check.has(r.err, "5 ran")
  check.eq(project:rille("artifact get p::total_3::sum").out, "400020007")
end)

check.done()

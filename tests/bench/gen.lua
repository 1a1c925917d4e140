-- gen: writes what make and ninja need for a workload, into a folder that exists.
--
--     rille gen.lua make|ninja W N CHANGE FOLDER
--
-- make gets Makefile and, for W3, a file in/I per step that holds its number (make
-- notices files, not commands).  ninja gets build.ninja and, for W3, changed.ninja,
-- in which step CHANGE gives N more.  Every step leaves its value in o/I, the
-- last one in the file sum.

local tool, workload, count, change, folder = table.unpack(arg)
local n, odd = math.tointeger(tonumber(count)), math.tointeger(tonumber(change))
assert(n and odd and folder, "usage: rille gen.lua make|ninja W N CHANGE FOLDER")

local function write(name, lines)
  local file <close> = assert(io.open(folder .. "/" .. name, "w"))
  assert(file:write(table.concat(lines, "\n"), "\n"))
end

-- one line, the sum of the files that FILE names
local ADD_UP <const> = "xargs cat < %s | awk '{ s += $1 } END { printf \"%%.0f\\n\", s }'"

local make = {}

function make.W1() write("Makefile", { "sum:", "\techo 1 > sum" }) end

function make.W2()
  local lines = { "sum: o/" .. n, "\tcp $< sum", "o/1:", "\techo 1 > $@" }
  for i = 2, n do
    lines[#lines + 1] = string.format("o/%d: o/%d\n\tread x < $<; echo $$((x + 1)) > $@", i, i - 1)
  end
  write("Makefile", lines)
end

function make.W3()
  for i = 0, n - 1 do write("in/" .. i, { tostring(i) }) end
  local adding = string.format(ADD_UP, "list"):gsub("%$", "$$")
  write("Makefile", {
    "STEPS := $(shell seq 0 " .. n - 1 .. ")", "sum: $(STEPS:%=o/%)", "\t$(file > list,$^)" .. adding .. " > sum",
    "o/%: in/%", "\tread x < $<; echo $$x > $@",
  })
end

-- COMMAND %s N times, each into a file of its own
local W6 <const> = { W6t = "/bin/true; : > %s", W6s = "sha256sum one_mb > %s" }

local function make_commands(command)
  write("Makefile",
    { "STEPS := $(shell seq 1 " .. n .. ")", "all: $(STEPS:%=o/%)", "o/%:", "\t" .. string.format(command, "$@") })
end
for name, command in pairs(W6) do make[name] = function() make_commands(command) end end

local ninja = {}

function ninja.W1() write("build.ninja", { "rule one", "  command = echo 1 > $out", "build sum: one" }) end

function ninja.W2()
  local lines = {
    "rule one", "  command = echo 1 > $out", "rule inc", "  command = read x < $in; echo $$((x + 1)) > $out",
    "rule last", "  command = cp $in $out", "build o/1: one",
  }
  for i = 2, n do lines[#lines + 1] = string.format("build o/%d: inc o/%d", i, i - 1) end
  lines[#lines + 1] = "build sum: last o/" .. n
  write("build.ninja", lines)
end

local function independent(name, changed)
  local adding = string.format(ADD_UP, "list"):gsub("%$", "$$")
  local lines = {
    "rule leaf", "  command = echo $v > $out", "rule total", "  command = " .. adding .. " > $out", "  rspfile = list",
    "  rspfile_content = $in",
  }
  local all = {}
  for i = 0, n - 1 do
    all[i + 1] = "o/" .. i
    lines[#lines + 1] = string.format("build o/%d: leaf\n  v = %d", i, i == changed and i + n or i)
  end
  lines[#lines + 1] = "build sum: total " .. table.concat(all, " ")
  write(name, lines)
end

function ninja.W3()
  independent("build.ninja")
  independent("changed.ninja", odd)
end

for name, command in pairs(W6) do
  ninja[name] = function()
    local lines = { "rule run", "  command = " .. string.format(command, "$out") }
    for i = 1, n do lines[#lines + 1] = "build o/" .. i .. ": run" end
    write("build.ninja", lines)
  end
end

local make_it = ({ make = make, ninja = ninja })[tool]
assert(make_it and make_it[workload], "unknown tool or workload")()

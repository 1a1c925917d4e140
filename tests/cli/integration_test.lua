-- rille integration: what other software brings, and installing it.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"


-- A flavor that needs a program which the package "loft" brings, and an apt-get that brings it to bin/.
local PIGEON <const> = [[
local rille = require "rille"
rille.flavor { kind = "alerter", name = "pigeon", requires = { package = "loft", program = "pigeon-post" },
  open = function() return {} end }
]]

local function project(apt)
  local p = scratch.new()
  p:write("birds.lua", PIGEON)
  assert(os.execute("mkdir " .. p:path "bin"))
  p:write("bin/apt-get", "#!/bin/sh\necho \"$@\" >>" .. p:path "apt.log" .. "\n" .. apt .. "\n")
  p:write("bin/sudo", "#!/bin/sh\nexec \"$@\"\n")
  assert(os.execute("chmod +x " .. p:path "bin/apt-get" .. " " .. p:path "bin/sudo"))
  return p
end

local function rille(p, arguments)
  return p:sh('PATH="$PWD/bin:$PATH" "$RILLE" integration ' .. arguments .. " --script birds.lua </dev/null")
end

local BRINGS <const> = "cp bin/apt-get bin/pigeon-post"

check.test("each integration says which package brings it, and whether it is there", function()
  local p <close> = project(BRINGS)
  local r = rille(p, "list")
  check.ok(r.out:find "pigeon +no +loft +alerter flavor pigeon", r.out)
  check.ok(r.out:find "\nsvm +%l+ +libsvm3 +rille.svm: support vector machines", r.out)
  check.eq(rille(p, "requirements pigeon svm").out, "libsvm3\nloft\n")
  local names = {}
  for _, one in ipairs(p:json("integration list").items) do names[#names + 1] = one.name end
  check.ok(table.concat(names, " "):find "blas.* git.* linear.* svm", table.concat(names, " "))
end)

check.test("install -f installs what is missing with apt-get, once", function()
  local p <close> = project(BRINGS)
  local r = rille(p, "install pigeon -f")
  check.eq({ r.code, r.out }, { 0, "installed loft\n" }, r.err)
  check.eq(p:read "apt.log", "install -y loft\n")
  r = rille(p, "install pigeon -f")
  check.eq({ r.code, r.out }, { 0, "everything is installed\n" })
  check.eq(p:read "apt.log", "install -y loft\n")
end)

check.test("without -f it asks, and without a terminal it says so", function()
  local p <close> = project(BRINGS)
  local r = rille(p, "install pigeon")
  check.eq(r.code, 2)
  check.has(r.err, "standard input is not a terminal; -f installs loft without asking")
  check.eq(p:read "apt.log", nil)
end)

check.test("what apt-get cannot install is a failure", function()
  local p <close> = project "echo 'E: no such package' >&2; exit 100"
  local r = rille(p, "install pigeon -f")
  check.eq(r.code, 3)
  check.has(r.err, "E: no such package\nrille: apt-get did not install loft; its messages are above")
  local q <close> = project "exit 0"
  r = rille(q, "install pigeon -f")
  check.eq(r.code, 3)
  check.has(r.err, "installed, but rille does not find what loft should bring")
end)

check.test("names and options with a mistake are refused", function()
  local p <close> = project(BRINGS)
  local function refused(arguments, code, message)
    local r = rille(p, arguments)
    check.eq(r.code, code, r.err)
    check.has(r.err, message)
  end
  refused("install pigoen", 3, 'there is no integration "pigoen"; did you mean "pigeon"?')
  refused("lst", 2, 'integration lst; did you mean "list"?')
  refused("list -f", 2, "integration list: -f has no effect here")
  refused("list svm", 2, "integration list takes no name")
  p:write("birds.lua", (PIGEON:gsub('"loft"', '"loft; rm -rf /"')))
  refused("install pigeon -f", 3, '"loft; rm -rf /" is not the name of a package')
  p:write("birds.lua", (PIGEON:gsub("package =", "pakage =")))
  refused("list", 3, "requires: expected the name of a package or { package =, lib =, program = }, found a table")
end)

check.done()

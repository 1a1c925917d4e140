-- paths.lua -- absolute paths of the sources, of the build folder and of the program.
--
--   paths.root    the folder with the Makefile
--   paths.build   $B, or root/build
--   paths.rille   $RILLE, or build/rille

local sys = require "rille.host.sys"

local root = assert(assert(sys.realpath(arg[0])):match "^(.*)/tests/", "the test is no file below tests/")
local build = sys.realpath(os.getenv "B" or root .. "/build") or root .. "/build"
local rille = os.getenv "RILLE"

return { root = root, build = build, rille = sys.realpath(rille and rille ~= "" and rille or build .. "/rille") }

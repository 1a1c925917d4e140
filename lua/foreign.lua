-- foreign: rille in a Lua that is not its own.  Returns the public face.

local rille = require "rille.face"
local project = require "rille.project"
local sys = require "rille.host.sys"

local globals = package.loaded._G
local script = globals.arg and globals.arg[0]
local full = script and sys.realpath(script)
if full then
  project.base = full:match "^(.*)/[^/]*$"
  project.script, project.chunk, project.program = full, "@" .. script, true
  require("rille.host.observe").set_base(project.base)
end
require("rille.host.fingerprint").setup(globals)
require("rille.cache.opaque").register(rille, require("rille.execute.context").classes)
return rille

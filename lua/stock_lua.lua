-- stock_lua: rille in a stock Lua: `require "rille"` loads rille.so.  Returns the public face.

local rille = require "rille.face"
local named_in_keys = require "rille.cache.named_in_keys"
local program = require "rille.project.program"
local project = require "rille.project"
local sys = require "rille.host.sys"

local globals = package.loaded._G
local script = globals.arg and globals.arg[0]
local full = script and sys.realpath(script)
if full then
  project.set_folder(full:match "^(.*)/[^/]*$")
  program.set_script(full, "@" .. script)
  program.set_main(true)
  require("rille.host.observe").set_base(project.folder())
end
require("rille.host.fingerprint").setup(globals, named_in_keys.KEY_NAMES)
named_in_keys.register(rille, require("rille.execute.context").classes)
return rille

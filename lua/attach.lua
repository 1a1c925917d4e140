-- attach: rille in a Lua that is not its own.  Returns the public face.

local rille = require "rille.face"
local session = require "rille.session"
local sys = require "rille.host.sys"

local globals = package.loaded._G
local script = globals.arg and globals.arg[0]
local full = script and sys.realpath(script)
if full then
  session.base = full:match "^(.*)/[^/]*$"
  session.script, session.chunk, session.program = full, "@" .. script, true
  require("rille.host.observe").set_base(session.base)
end
require("rille.host.fingerprint").setup(globals)
require("rille.intrinsic").register(rille)
return rille

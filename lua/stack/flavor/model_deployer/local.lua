-- The model deployer "local": `rille serve` as a process of this machine, which goes on after the run.

local local_deployer = require "rille.stack.local_deployer"
local t = require("rille.script.types").t

return {
  kind = "model_deployer", name = "local", summary = "serves models on this machine, by rille serve",
  options = {
    host = t.string { default = "", doc = "address to listen on; without it 127.0.0.1" },
    port = t.integer { default = 0, min = 0, max = 65535, doc = "port; 0: one that is free" },
    token_env = t.string { default = "", doc = "variable that has the bearer token" },
    program = t.string { default = "", doc = "the program rille that serves; without it the one that deploys" },
    seconds = t.number { default = 120.0, min = 0, doc = "time until a server is ready" },
    grace = t.number { default = 15.0, min = 0, doc = "time to answer what it was asked when it is stopped" },
  },
  requires = { package = "libmicrohttpd12", lib = "libmicrohttpd.so.12", for_what = "serving over HTTP" },
  open = function(options) return local_deployer.new(options) end,
}

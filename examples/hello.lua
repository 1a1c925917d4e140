-- hello: one step, run through the cache.
--
--   rille examples/hello.lua        runs the first time, then is cached

local rille = require "rille"
local t = rille.types

local greet = rille.step "greet" {
  params  = { name = "world" },
  outputs = { t.string "text" },
  run = function(p) return "Hello, " .. p.name .. "!" end,
}

local hello = rille.pipeline "hello" {
  params = { name = "world" },
  define = function(p) greet { name = p.name } end,
}

if rille.main() then
  local run = hello:run {}
  print(run.steps.greet.output:load())
end
return hello

-- two_steps.lua -- a pipeline of a step that reads a file and two nodes that take its result, and a
-- project with it: what several tests of commands look at.

local scratch = require "scratch"

local HEAD = [[
local rille = require "rille"
local array, frame = require "rille.array", require "rille.frame"
local t = rille.types
]]

local MAIN = HEAD .. [[
local base = 2
local function double(x)
  return x * base
end
local make = rille.step "make" {
  params = { n = 3 }, outputs = { t.integer "out" },
  run = function(p)
    local f = assert(io.open "data.txt")
    local v = f:read "n"
    f:close()
    print("made of " .. p.n)
    return p.n % 2 + v + #(os.getenv "RILLE_MODE" or "")
  end,
}
local twice = rille.step "twice" {
  inputs = { t.integer "x" }, params = { k = 1 }, outputs = { t.integer "n" },
  run = function(x, p) return double(x) * p.k end,
}
return rille.pipeline "main" {
  params = { n = 3 },
  define = function(p)
    local m = make { n = p.n }
    twice { x = m }
    twice:with { id = "again" } { x = m }
  end,
}
]]

local function project()
  local p = scratch.new()
  p:write("main.lua", MAIN)
  p:write("data.txt", "5\n")
  return p
end

return { HEAD = HEAD, MAIN = MAIN, project = project }

-- rille types.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

-- Two materializers of class P, and one that covers P and Q.
local function two(options, port)
  return [[
    local P, Q = { __name = "P" }, { __name = "Q" }
    local function make(name, class) return rille.materializer(name) { class = class, version = 1,
      save = function(v, art) art:write(name, getmetatable(v).__name) end,
      load = function(art) return setmetatable({}, art:read(name) == "P" and P or Q) end } end
    local one, other = make("one", P), make("other", { P, Q })
    local s = step "s" { outputs = { t.]] .. (port or "any") .. [[ "v" }, run = function() return setmetatable({}, P) end, ]] .. (options or "") .. [[ }
    local q = step "q" { outputs = { t.any "v" }, run = function() return setmetatable({}, Q) end }
    return pipeline "main" { define = function() s {} q {} end }]]
end

check.test("rille types lists what ports may be and what keeps them, of a script too", function()
  local p <close> = scratch.script [[
    rille.materializer "point" { doc = "A point.", class = { __name = "P" }, version = 3, save = print, load = print }
    rille.interface "walker" { methods = { "walk" } }]]
  local by_name = {}
  for _, one in ipairs(p:json("types main.lua").items) do by_name[one.name] = one end
  check.eq(by_name.point,
    { name = "point", accepts = "point", materializer = "point", version = 3, own = true, at = "main.lua:3",
      doc = "A point." })
  check.eq({ by_name.matrix.materializer, by_name.any.materializer, by_name.walker.accepts },
    { "array", nil, "walker (a value with methods walk)" })
  local text = p:ok("types")
  check.has(text, "matrix        array              matrix (an array of two dimensions)")
  check.ok(not text:find "point", "types of no script")
  check.has(select(2, p:ok("types nothing.lua", 2)), "nothing.lua")
end)

check.done()

-- stock_lua_test: rille.so in a Lua that is not rille's: nothing is observed there, so
-- what could show an address, or read something, is not cached.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local scratch = require "scratch"

local B <const> = paths.build

local function output_of(command)
  local p = assert(io.popen(command))
  local text = p:read "a"
  p:close()
  return (text:gsub("\n$", ""))
end

local lua = scratch.stock_lua()
local path = output_of("cd " .. scratch.quoted(B) .. " && pwd") .. "/?.so"

-- What two runs of a step with this body say.
local function twice(body, top)
  local project <close> = scratch.new()
  project:write("main.lua", string.format([[
local rille = require "rille"
%s
local work = rille.step "work" { outputs = { rille.types.any "out" }, run = function() %s end }
rille.pipeline "p" { define = function() work {} end }:run {}
]], top or "", body))
  local first = project:sh(string.format("LUA_CPATH='%s;;' %s main.lua", path, lua))
  local second = project:sh(string.format("LUA_CPATH='%s;;' %s main.lua", path, lua))
  check.eq({ first.code, second.code }, { 0, 0 }, first.err .. second.err)
  return second.err:find "1 step, cached" ~= nil, first.err
end

local function not_cached(body, name, top)
  local cached, err = twice(body, top)
  check.eq(cached, false, body)
  check.has(err, "not cached: it can reach " .. name .. ", which is not observed in this Lua")
end

if not lua then
  check.skip("a step that can show an address is not cached in a stock Lua", "there is no lua5.4")
  check.skip("a step that cannot is cached", "there is no lua5.4")
  check.skip("rille.trust in a stock Lua", "there is no lua5.4")
else
  check.test("a step that can show an address is not cached in a stock Lua", function()
    not_cached("return tostring({})", "tostring")
    not_cached("return s({})", "tostring", "local s = tostring")
    not_cached("return string.format('%s', {})", "string.format")
    not_cached("return ('%p'):format({})", "the method format")
    not_cached("local f = ('').format return f('%p', {})", "the method format")
    not_cached("return f()", "the method format", "local function f() return ('%s'):format({}) end")
    not_cached("local r for k, f in ipairs { string } do r = f end return r.len 'a'", "string.*")
    not_cached("return #string.dump(function() end)", "string.dump")
  end)

  check.test("a step that cannot is cached", function()
    for _, body in ipairs { "return 1 + 2", "return 'a' .. 5", "return table.concat({ 1, 2 }, ',')",
      "return ('abc'):upper():rep(2)", "return select(2, pcall(error, 'x'))",
      "return math.random(1000)", "return string.len 'abc'" } do
      check.eq(twice(body), true, body)
    end
  end)

  check.test("rille.trust in a stock Lua", function()
    for name, body in pairs { cjson = "return m.encode { 1 / 3 }", lfs = "return (m.attributes('.', 'mode'))" } do
      if not os.execute(lua .. " -e 'require \"" .. name .. "\"' 2>/dev/null") then
        print("  " .. name .. " is not installed")
      else
        local load, trust = string.format("local m = require '%s' ", name), string.format("rille.trust { '%s' } ", name)
        check.eq(twice(body, trust .. load), true, name)
        local project <close> = scratch.new()
        project:write("main.lua", "local rille = require 'rille' " .. load .. trust)
        local late = project:sh(string.format("LUA_CPATH='%s;;' %s main.lua", path, lua))
        check.has(late.err, string.format('rille.trust: "%s" is loaded already; call rille.trust before require "%s"',
          name, name))
      end
    end
    local cached, err = twice("return (m.attributes('.', 'mode'))", "rille.trust { 'cjson' } local m = require 'lfs'")
    check.eq(cached, false)
    check.has(err, 'add rille.trust { "lfs" } at the top')
  end)
end

check.done()

-- originlib: what is rille's own, and the lists of its files and batteries.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local origin = require "rille.host.origin"
local paths = require "paths"

local function has(list, item)
  for _, one in ipairs(list) do if one == item then return true end end
  return false
end

check.test("files lists the embedded files that begin with a prefix, sorted", function()
  local list = origin.files "lua/cmd/"
  check.ok(has(list, "lua/cmd/run.lua") and has(list, "lua/cmd/why.lua"), "two commands are not in it")
  for i = 2, #list do check.ok(list[i - 1] < list[i], list[i]) end
  for _, path in ipairs(list) do check.eq(path:sub(1, 8), "lua/cmd/") end
  check.eq(#origin.files "lua/nothing/", 0)
  check.ok(#origin.files "" > 150, "few files")
end)

check.test("text gives the text of a file, of any kind", function()
  check.has(origin.text "lua/cmd/run.lua", "-- rille run FILE")
  check.has(origin.text "host/meta/schema.sql", "create table")
  check.raises(function() return origin.text "lua/nothing.lua" end, "rille has no file lua/nothing.lua")
end)

check.test("all files of templates are embedded as they are, and none of them is rille's own Lua", function()
  local p <close> = assert(io.popen("cd '" .. paths.root .. "' && find stdlib/templates -type f | LC_ALL=C sort"))
  local n = 0
  for path in p:lines() do
    local f <close> = assert(io.open(paths.root .. "/" .. path, "rb"))
    local text, executable = origin.text(path)
    check.ok(text == f:read "a", path)
    check.eq(executable, os.execute("test -x '" .. paths.root .. "/" .. path .. "'") == true)
    check.eq(origin.is_ours("@rille:" .. path), false)
    n = n + 1
  end
  check.eq(#origin.files "stdlib/templates/", n)
  check.ok(n > 30, n .. " files")
  check.eq(has(origin.batteries(), "templates"), false)
end)

check.test("batteries are the modules that scripts require", function()
  local list = origin.batteries()
  for name in ("array csv frame json linear metrics split svm testing tree yaml"):gmatch "%a+" do
    check.ok(has(list, name), name)
    check.ok(package.preload["rille." .. name], name)
  end
  for _, name in ipairs(list) do check.eq(name:find(".", 1, true), nil) end
  check.eq(has(list, "learn") or has(list, "plan") or has(list, "host"), false)
end)

check.test("a chunk is rille's own by a name below its folders", function()
  check.eq(origin.is_ours "@rille:lua/plan/plan.lua", true)
  check.eq(origin.is_ours "@rille:stdlib/new.lua", true)
  check.eq(origin.is_ours "@rille:x.lua", false)
  check.eq(origin.is_ours "@lua/plan/plan.lua", false)
  check.eq(origin.is_ours "@rille:lua/x.sql", false)
  check.eq(origin.is_at "rille:lua/plan/plan.lua:12: wrong", true)
  check.eq(origin.is_at "plan.lua:12: wrong", false)
end)

check.test("a module of rille's own is offered by its name, until a script has another one of that name", function()
  for _, name in ipairs { "rille.plan", "rille.csv", "rille.frame.value", "rille.host.blas", "rille.cmd.run" } do
    check.eq(origin.offers(name), true)
  end
  for _, name in ipairs { "rille.nothing", "rille.cmd", "rille.cmd.nothing", "plan", "rille.host", "string" } do
    check.eq(origin.offers(name), false)
  end
  package.preload["rille.cmd.gc"] = function() return "of the script" end
  check.eq(origin.offers "rille.cmd.gc", false)
  check.eq(require "rille.cmd.gc", "of the script")
end)

check.test("require finds any module, though package.preload lists the batteries alone", function()
  check.eq(package.preload["rille.base.diff"], nil)
  local diff, how = require "rille.base.diff"
  check.eq(origin.owns(diff), "rille.base.diff")
  check.eq(how, ":preload:")
  check.raises(function() require "rille.base.nothing" end, "no field package.preload['rille.base.nothing']")
end)

check.test("parts are the loaded modules in a folder of a battery, but the battery", function()
  check.eq(has(origin.parts(), "rille.frame.value"), false)
  require "rille.frame"
  local list = origin.parts()
  check.ok(has(list, "rille.frame.value"), "a part of the frame is not in it")
  for _, name in ipairs(list) do check.ok(name:find "^rille%.[%w_]+%.[%w_]+$", name) end
  check.eq(has(list, "rille.frame") or has(list, "rille.base.errors") or has(list, "rille.host.origin"), false)
end)

check.test("a module is rille's own by its value", function()
  check.eq(origin.owns(require "rille.json"), "rille.json")
  check.eq(origin.owns {}, nil)
end)

check.done()

-- A step that fits by a shared library runs again when another file of the library is found.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local scratch = require "scratch"
local sys = require "rille.host.sys"

local SCRIPT <const> = [[
local rille = require "rille"
local t = rille.types
local X, y = { { 1, 2 }, { 2, 1 }, { 3, 5 }, { 4, 4 } }, { 0, 0, 1, 1 }
local steps = {
  rille.step "pca" { outputs = { t.pca "m" }, run = function() return require("rille.pca").fit(X) end },
  rille.step "line" { outputs = { t.linear "m" }, run = function()
    return require("rille.linear").Regression.fit(X, y)
  end },
  rille.step "logistic" { outputs = { t.linear "m" }, run = function()
    return require("rille.linear").Logistic.fit(X, y)
  end },
  rille.step "svc" { outputs = { t.svm "m" }, run = function() return require("rille.svm").SVC.fit(X, y) end },
  rille.step "tree" { outputs = { t.tree "m" }, run = function() return require("rille.tree").fit(X, y) end },
}
rille.pipeline "p" { define = function() for _, s in ipairs(steps) do s() end end }:run {}
]]

-- The steps that run when the library is another file.
local function ran(project, library)
  project:sh("rm -rf other && mkdir other && cp " .. sys.library(library) .. " other/" .. library)
  local r = project:sh("LD_LIBRARY_PATH=$PWD/other " .. paths.build .. "/rille main.lua")
  check.eq(r.code, 0, r.err)
  local names = {}
  for name in r.err:gmatch "\n +ran +(%w+)" do names[#names + 1] = name end
  table.sort(names)
  check.has(r.err, "the library " .. library .. " changed")
  return table.concat(names, " ")
end

for library, steps in pairs { ["liblapack.so.3"] = "line pca", ["libsvm.so.3"] = "svc",
  ["liblinear.so.4"] = "logistic" } do
  check.test("steps that fit by " .. library .. " run again when it changes", function()
    local project <close> = scratch.new()
    project:write("main.lua", SCRIPT)
    project:ok "main.lua"
    check.has(project:rille("main.lua").err, "all 5 steps cached")
    check.eq(ran(project, library), steps)
  end)
end

check.test("a library that is nowhere has no path", function() check.eq(sys.library "libnosuch.so.9", nil) end)

check.done()

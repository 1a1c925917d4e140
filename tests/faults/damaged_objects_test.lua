-- Objects of hits that are damaged or gone, and a store that cannot be written.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local oracle = require "oracle"

local CHAIN <const> = [[
local rille = require "rille"
local t = rille.types
local text = rille.step "text" { outputs = { t.string "out" }, run = function() return ("x"):rep(20000) end }
local length = rille.step "length" { inputs = { t.string "s" }, outputs = { t.any "out" }, run = function(s) return #s + K end }
return rille.pipeline "p" { define = function() length { s = text {} } end }
]]

local function damaged(command)
  local project <close> = oracle.project()
  project:write("main.lua", (CHAIN:gsub("K", "1")))
  project:complete()
  project:shell("for f in $(find ../store/objects -type f); do chmod u+w $f; " .. command .. "; done")
  project:write("main.lua", (CHAIN:gsub("K", "2")))
  local run = project:complete()
  check.eq({ run.steps.text.status, run.steps.length.status }, { "completed", "completed" })
  project:judge(run)
  local again = project:complete()
  check.eq({ again.steps.text.status, again.steps.length.status }, { "cached", "cached" })
  project:judge(again)
end

check.test("a hit whose object has other bytes runs again, in the run that finds out", function()
  damaged "printf zzzz | dd of=$f bs=1 seek=40 conv=notrunc 2>/dev/null"
end)

check.test("a hit whose object is cut short, empty or gone runs again", function()
  damaged "truncate -s 10 $f"
  damaged ": > $f"
  damaged "rm $f"
end)

check.test("what the world refuses is told without a position of rille's own", function()
  local project <close> = oracle.project()
  project:write("main.lua",
    oracle.program "function(_, ctx) local f = assert(io.open(ctx.tmpdir .. '/x', 'w')) f:close() return 1 end")
  project:complete()
  project:shell "rm -rf ../store/tmp; touch ../store/tmp"
  local run = project:run { args = "--no-cache" }
  check.eq({ run.code, run.status }, { 4, nil })
  check.has(run.err,
    "store/tmp: cannot create a folder for temporary files: Not a directory; remove what is in its place")
  project:shell "rm ../store/tmp"
  check.eq(project:run({ args = "--no-cache" }).status, "completed")
  local text = oracle.shell("cd " .. oracle.quote(project.root) .. " && mkdir gone && cd gone && rmdir ../gone && "
    .. oracle.quote(oracle.rille) .. " runs 2>&1")
  check.eq(text, "rille: the working folder was removed: No such file or directory\n")
end)

check.done()

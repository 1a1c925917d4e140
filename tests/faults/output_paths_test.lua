-- What users write goes to the file that they name, whatever is there, by every way of writing.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local SCRIPT <const> = [[
local array, frame = require "rille.array", require "rille.frame"
local s = step "s" { outputs = { t.frame "f", t.bytes "b" },
  run = function() return frame.new { { "x", { 1, 2 } } }, "bytes" end }
return pipeline "p" { define = function() s {} end }]]

local p <close> = scratch.script(SCRIPT)
p:ok "run main.lua -q"

p:write("write.lua", [[
local way, path = ...
local f = require "rille.frame".new { { "x", { 1, 2 } } }
local ways = {
  write = function() f:write(path) end,
  csv = function() require "rille.csv".write(f, path) end,
  array = function() require "rille.array".save(f:column "x", path) end,
  jsonl = function() require "rille.jsonl".write(f, path) end,
  lines = function()
    local n = 0
    require "rille.jsonl".write(function() n = n + 1 return n < 3 and n or nil end, path)
  end,
  json = function() require "rille.json".write({ 1 }, path) end,
  sqlite = function() require "rille.sqlite".write(f, path) end,
}
ways[way]()]])

-- Command with %s for the path -> ending
local WAYS <const> = {
  { "write.lua write %s", ".csv" }, { "write.lua write %s", ".npy" }, { "write.lua write %s", ".jsonl" },
  { "write.lua csv %s", ".csv" }, { "write.lua array %s", ".npy" }, { "write.lua array %s", ".json" },
  { "write.lua jsonl %s", ".jsonl" }, { "write.lua lines %s", ".jsonl" }, { "write.lua json %s", ".json" },
  { "write.lua sqlite %s", ".sqlite" }, { "artifact get p::s::f -o %s", ".csv" },
  { "artifact get p::s::f -o %s", ".sqlite" }, { "artifact get p::s::b -o %s", ".bin" },
  { "graph main.lua -o %s", ".svg" }, { "plot p::s::f -o %s", ".svg" },
}

local function sh(command, ...) return p:sh(command:format(...)) end

local function each(body)
  for i, way in ipairs(WAYS) do body(way[1], i .. way[2], way[1]:format(i .. way[2])) end
end

check.test("a link is followed, and the file that it leads to keeps its permissions", function()
  each(function(command, path, line)
    sh("rm -f real %s; : >real; chmod 640 real; ln -s real %s", path, path)
    p:ok(line)
    local out = sh("test -L %s && test -s real && stat -c %%a real", path).out
    check.eq(out, "640\n", command .. path)
  end)
end)

check.test("a named pipe is written, and stays", function()
  each(function(command, path, line)
    sh("rm -f %s got; mkfifo %s; timeout 20 cat %s >got &", path, path, path)
    p:ok(line)
    check.eq(sh("wait; test -p %s && sleep 0.05 && test -s got && echo yes", path).out, "yes\n", command .. path)
  end)
end)

check.test("a device is written, and stays", function()
  if p:sh("mknod try c 1 3 && : >try").code ~= 0 then check.cannot "device nodes cannot be created" end
  each(function(command, path, line)
    sh("rm -f %s; mknod %s c 1 3", path, path)
    p:ok(line)
    check.eq(sh("test -c %s && echo yes", path).out, "yes\n", command .. path)
  end)
end)

check.test("/proc/self/fd/1 is standard output, also when that is a file", function()
  sh '{ echo before; "$RILLE" artifact get p::s::b -o /proc/self/fd/1; echo after; } >all'
  check.eq(p:read "all", "before\nbytesafter\n")
end)

check.done()

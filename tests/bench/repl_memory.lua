-- repl_memory: entries of a long session, for the script repl_memory: expressions, locals, steps that are defined
-- again, runs, errors, arrays of 1 MB.  N entries; the resident memory is printed after entry 100 and after the last.
local N <const> = math.tointeger(tonumber(os.getenv "N" or 3600))

local KINDS <const> = {
  function(i) return ("%d * 2 + #tostring(%d)"):format(i, i) end,
  function(i) return ("local v%d, text = %d, ('x'):rep(%d)"):format(i % 50, i, i % 100) end,
  function(i) return ("{ a = %d, list = { 1, 2, %d } }"):format(i, i) end,
  function(i) return ("function helper(x) return x + %d end"):format(i % 7) end,
  function(i) return ("pcall(error, 'wrong %d')"):format(i) end,
  function() return "require \"rille.array\".zeros { 131072 };" end,
  function(i) return ("for k = 1, 3 do\n  local t = k * %d\nend"):format(i) end,
  function(i) return i % 40 == 8 and "p:run {};" or "#rille.pipelines.p.runs" end,
  function(i)
    return ('local train = rille.step "train" { inputs = { t.number "y" }, outputs = { t.number "z" }, '
      .. "run = function(y) return y + %d end }"):format(i)
  end,
}

print [[
local rille = require "rille"
local t = rille.types
local load = rille.step "load" { outputs = { t.number "y" }, run = function() return 1 end }
local train = rille.step "train" { inputs = { t.number "y" }, outputs = { t.number "z" }, run = function(y) return y end }
local p = rille.pipeline "p" { define = function() train(load()) end }
function memory(n) local f = io.open "/proc/self/status" collectgarbage() print("memory", n, f:read "a":match "VmRSS:%s*(%d+)", collectgarbage "count" // 1) f:close() end
p:run {};]]
for i = 8, N do
  if i == 101 or i % 600 == 0 then print(("memory(%d)"):format(i - 1)) end
  print(KINDS[i % #KINDS + 1](i))
end
print(("memory(%d)"):format(N))

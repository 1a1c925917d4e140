-- man: the page has every command and topic, and groff has nothing to say about it.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local commands = require "rille.commands"
local help = require "rille.help"
local man = require "rille.help.man"

local page = man.page(commands)

local function shell(text)
  local p = assert(io.popen("{ " .. text .. "; } 2>&1"))
  local out = p:read "a"
  p:close()
  return out
end

check.test("every command and topic has its text", function()
  for _, name in ipairs(commands.names()) do check.has(page, "\n.SS " .. name:gsub("%-", "\\-") .. "\n") end
  for _, name in ipairs(help.topics()) do check.has(page, "\n.SS " .. name .. "\n") end
end)

check.test("what groff would read as a request or an escape is escaped", function()
  for line in page:gmatch "[^\n]+" do
    local request = line:match "^['.]%S*"
    if request then check.has('.\\" .TH .SH .SS .TP .B .I .BR .RI .br .nh .in .nf .fi', request) end
  end
  check.eq(page:find "[\u{80}-\u{FF}]", nil)
end)

check.test("groff warns of nothing, and the page shows the texts as they are", function()
  if shell "command -v groff" == "" then check.cannot "there is no groff here" end
  local file = os.tmpname()
  local f = assert(io.open(file, "w"))
  f:write(page)
  f:close()
  check.eq(shell("groff -man -ww -z -Tutf8 " .. file), "")
  local shown = shell("groff -man -Tutf8 -P-cbou -rLL=80n " .. file)
  os.remove(file)
  for line in help.text(commands, "run"):gmatch "[^\n]+" do check.has(shown, line) end
  for line in help.text(commands, "store"):gmatch "[^\n]+" do check.has(shown, line) end
end)

check.done()

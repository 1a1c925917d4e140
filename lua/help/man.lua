-- man: the page rille(1), made of the texts of `rille help` (make man).

local help = require "rille.help"
local version = require "rille.base.version"

local man = {}

local HEAD <const> = [[
.\" made by make man from the texts of rille help
.TH RILLE 1 "" "rille %s" "User Commands"
.nh
.SH NAME
rille \- pipelines as Lua scripts, with a cache that knows what a step depends on
.SH SYNOPSIS
.B rille
.I FILE
.RI [ ARGS ]
.br
.B rille
.I COMMAND
.RI [ ARGS ]
.br
.B rille help
.RI [ COMMAND \||\| TOPIC ]
.SH DESCRIPTION
This page has the texts of
.BR "rille help" :
first the overview, then one on each command, then one on each topic.
]]

local TAIL <const> = [[
.SH ENVIRONMENT
.TP
.B RILLE_STORE
The store, where
.B \-\-store
does not name one.
.TP
.B NO_COLOR
No colours, whatever its value.
.SH FILES
.TP
.I .rille
The store of a project: in the folder of the script or the nearest one upward.
]]

-- Text as it is, for lines that are not filled.
local function literal(text)
  text = text:gsub("\\", "\\e"):gsub("%-", "\\-"):gsub("['`^~]", { ["'"] = "\\(aq", ["`"] = "\\(ga", ["^"] = "\\(ha",
    ["~"] = "\\(ti" })
  text = text:gsub(utf8.charpattern, function(c)
    return #c > 1 and string.format("\\[u%04X]", utf8.codepoint(c)) or nil
  end)
  return (("\n" .. text):gsub("\n%.", "\n\\&."):sub(2))
end

-- The texts fill 80 columns, so that they begin at the margin.
local function block(text) return ".in 0\n.nf\n" .. literal(text):gsub("\n*$", "\n") .. ".fi\n" end

local function section(title, text) return string.format('.SH %s\n%s', title, block(text)) end

-- The page in the language of groff.
---@param commands Commands
---@return string
function man.page(commands)
  local parts = { HEAD:format(version), section("OVERVIEW", help.text(commands)), ".SH COMMANDS\n" }
  for _, command in ipairs(commands.all()) do
    parts[#parts + 1] = ".SS " .. literal(command.name) .. "\n" .. block(help.text(commands, command.name))
  end
  parts[#parts + 1] = ".SH TOPICS\n"
  for _, name in ipairs(help.topics()) do
    parts[#parts + 1] = ".SS " .. literal(name) .. "\n" .. block(help.text(commands, name))
  end
  parts[#parts + 1] = TAIL
  return table.concat(parts)
end

return man

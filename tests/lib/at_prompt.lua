-- at_prompt.lua -- the prompt on a pseudo-terminal, and what its screen shows.
--
--   local s = at_prompt.play(project, actions, options)      -- actions as of pty.c; s as of screen.lua
--   at_prompt.typed { "1 + 1^M", "^D" }         -- actions that type each text once the prompt is there
--   at_prompt.shown(s)                          -- the lines below the greeting
--
-- options: columns (80), lines (40), arguments (of rille), history (file of RILLE_HISTORY, "hist"), term, environment
-- ("A=1 B=2"), code (exit code of the pseudo-terminal's program, 0)

local check = require "check"
local scratch = require "scratch"
local screen = require "screen"

local at_prompt = {}

at_prompt.READY = '"rille> "'

function at_prompt.play(project, actions, options)
  options = options or {}
  local words = {}
  for i, action in ipairs(actions) do words[i] = scratch.quoted(action) end
  local command = "export TERM=%s NO_COLOR=1 RILLE_HISTORY=%s %s; %s %d %d rec %s -- %s"
  local r = project:sh(string.format(command, options.term or "xterm", options.history or "hist",
    options.environment or "", scratch.pty(check), options.columns or 80, options.lines or 40, table.concat(words, " "),
    options.command or '"$RILLE" ' .. (options.arguments or "")))
  check.eq(r.code, 0, r.err)
  return screen.play(project:path "rec", { columns = options.columns or 80, lines = options.lines or 40 })
end

function at_prompt.typed(texts)
  local actions = {}
  for i, text in ipairs(texts) do actions[i] = at_prompt.READY .. ":keys:" .. text end
  return actions
end

-- The lines below the greeting, without what follows the last prompt.
function at_prompt.shown(s)
  return (s:text():gsub("^rille [%d.]+%.  %.help[^\n]*\n", ""):gsub("rille> ?%^?D?\n?$", "rille>"))
end

return at_prompt

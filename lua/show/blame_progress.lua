-- blame_progress: which mixture of rille blame runs: on a terminal one line that changes; with -v a line for each.

local blame_head = require "rille.show.blame_head"
local format = require "rille.base.format"
local global_options = require "rille.project.global_options"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"
local text_width = require "rille.base.text_width"

local blame_progress = {}

local NAMED <const> = 4             -- changes that are named

local function is_live() return not global_options.quiet and not global_options.json and terminal.is(2) end

-- What is as in BAD: "GOOD", "BAD", "gamma, test_size", "gamma and 12 more", or all but a few.
local function name_of(session, set)
  local on, off = {}, {}
  for i = 1, #session.model.suspects do
    local list = set[i] and on or off
    list[#list + 1] = blame_head.suspect_name(session, i)
  end
  if #on == 0 then return "GOOD" end
  if #off == 0 then return "BAD" end
  local list, lead = on, ""
  if #off < #on then list, lead = off, "all but " end
  local more = #list > NAMED and string.format(" and %d more", #list - NAMED) or ""
  return lead .. table.concat(list, ", ", 1, math.min(#list, NAMED)) .. more
end

-- A mixture begins.
function blame_progress.begins(session, set)
  if not is_live() then return end
  local _, columns = sys.is_terminal(2)
  local text = text_width.shorten(string.format("mixture %d: %s", session.n_run + 1, name_of(session, set)),
    (columns or 80) - 1)
  terminal.draw_line(format.in_colour("grey", text, 2))
end

local CLASSES <const> = { good = "as GOOD", bad = "as BAD", other = "another", fails = "fails" }

-- A mixture has ended.
function blame_progress.ends(session, set, answer, seconds)
  if not global_options.verbose or global_options.json then return end
  blame_progress.clear()
  local value = answer.class and CLASSES[answer.class] or answer.value and string.format("%.6f", answer.value)
    or "fails"
  local why = not answer.ok and answer.report and answer.report.text
  terminal.say(string.format("%-10s  %8s  ", value, format.seconds(seconds)), name_of(session, set),
    why and "  (" .. why .. ")" or "", "\n")
end

-- Takes the line away.
function blame_progress.clear()
  if is_live() then terminal.draw_line "" end
end

return blame_progress

-- of_the_past: commands of the prompt that go to steps of past runs: .at.

local fail = require("rille.repl.command_line").fail

---@type table<string, DotCommand>
local commands = {
  at = { group = "Runs", takes = "[RUN/STEP|now]",
    text = "go to a step of a past run; back",
    names = "run/step" },
}

function commands.at.run(session, words)
  local travel = require "rille.repl.travel"
  local what, patch = nil, false
  for _, word in ipairs(words) do
    if word == "--patch" then patch = true
    elseif word:sub(1, 1) == "-" or what then
      fail(".at: expected RUN/STEP, and --patch for today's code; found %s", word)
    else
      what = word
    end
  end
  if what == "now" then
    if not travel.leave(session) then fail ".at now: not at a past step" end
    return session.face.put "back in the session"
  end
  if not what and not session.trip then
    fail ".at: not at a past step; go to one with .at RUN/STEP, as in .at @-1/train"
  end
  if what then travel.to(session, what, patch)
  elseif patch then travel.set_patch(session, true) end
  session.face.put(travel.card(session))
end

return commands

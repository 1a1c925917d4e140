-- of_entries: commands of the prompt for what was entered, and what it gave: .last, .bt, .save, .forget, .time.

local fail = require("rille.repl.command_line").fail
local sys = require "rille.host.sys"

---@type table<string, DotCommand>
local commands = {
  last = { group = "Entries", takes = "", text = "the last result, all of it" },
  bt = { group = "Entries", takes = "", text = "where the last error came from" },
  save = { group = "Entries", takes = "FILE", text = "the session as a script" },
  forget = { group = "Entries", takes = "", text = "forget the locals of the session" },
  time = { group = "Entries", takes = "LUA", text = "run an entry, say how long it took" },
}

function commands.last.run(session) session:show_last() end

function commands.bt.run(session)
  if not session.trace or not session.trace[1] then return session.face.put "no entry has failed yet" end
  for _, line in ipairs(session.trace) do session.face.put(line) end
end

function commands.save.run(session, words)
  if not words[1] or words[2] then fail ".save: expected the name of a file, as in .save work.lua" end
  if sys.stat(words[1]) then fail(".save: %s is there already; give another name", words[1]) end
  local ok, message = sys.write_file(words[1], table.concat(session.done, "\n") .. "\n")
  if not ok then fail(".save: %s", message) end
  session.face.put(string.format("%d entries in %s", #session.done, words[1]))
end

function commands.forget.run(session)
  if session.trip then require("rille.repl.travel").leave(session) end
  session.cells = {}
end

function commands.time.run(session, _, line)
  local began = sys.mono()
  local status = session:enter(line)
  if status == "ok" then session.face.put(require("rille.base.format").seconds(sys.mono() - began)) end
  return status
end

return commands

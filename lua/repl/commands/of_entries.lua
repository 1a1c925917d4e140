-- of_entries: commands of the prompt for what an entry gave: .last, .bt.

---@type table<string, DotCommand>
local commands = {
  last = { group = "Entries", takes = "", text = "the last result, all of it" },
  bt = { group = "Entries", takes = "", text = "where the last error came from" },
}

function commands.last.run(session) session:show_last() end

function commands.bt.run(session)
  if not session.trace or not session.trace[1] then return session.face.put "no entry has failed yet" end
  for _, line in ipairs(session.trace) do session.face.put(line) end
end

return commands

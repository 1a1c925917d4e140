-- of_session: commands of the prompt for the session itself: .history, .edit, .save, .mode, .forget, .time.

local command_line = require "rille.repl.command_line"
local format = require "rille.base.format"
local modes = require "rille.repl.modes"
local suggest = require "rille.base.suggest"
local sys = require "rille.host.sys"

local fail = command_line.fail

local SHOWN <const> = 50                -- entries that .history lists without being asked for more

---@type table<string, DotCommand>
local commands = {
  history = { group = "Entries", takes = "[N|TEXT]", text = "newest entries, or those with the text" },
  edit = { group = "Entries", takes = "[N|new]", text = "edit an entry in $EDITOR and enter it" },
  save = { group = "Entries", takes = "FILE", text = "the session as a script" },
  mode = { group = "Entries", takes = "[NAME]", text = "how results are shown; alone: the modes" },
  forget = { group = "Entries", takes = "[NAME ...]", text = "forget locals; alone: all" },
  time = { group = "Entries", takes = "LUA|on|off", text = "say how long an entry took" },
}

-- History ------------------------------------------------------------------------------------

local function put_entry(session, n, text)
  local mark = string.format("%4d  ", n)
  session.face.put(mark .. (text:gsub("\n", "\n" .. (" "):rep(#mark))))
end

-- The numbers of the newest entries, at most so many, whose text has the words.
local function numbers_of(session, most, words)
  local list, left = {}, 0
  for n = session.count, 1, -1 do
    local text = session.transcript:text(n)
    if text and (not words or text:find(words, 1, true)) then
      if #list < most then table.insert(list, 1, n) else left = left + 1 end
    end
  end
  return list, left
end

function commands.history.run(session, _, line)
  local most = line == "" and SHOWN or math.tointeger(tonumber(line))
  local list, left = numbers_of(session, most or math.huge, not most and line or nil)
  if left > 0 and line == "" then session.face.put(string.format("… %d earlier: .history %d", left, session.count)) end
  for _, n in ipairs(list) do put_entry(session, n, session.transcript:text(n)) end
  if not list[1] then
    session.face.put(most and "nothing was entered yet" or string.format("no entry of this session has %q", line))
  end
end

-- Editing ------------------------------------------------------------------------------------

local function text_of(session, word)
  if word == "new" or not word and session.count == 0 then return "" end
  local n = word and math.tointeger(tonumber(word)) or not word and session.count
  local text = n and session.transcript:text(n)
  if not text then
    fail('.edit: there is no entry %s; .history lists them', word or "")
  end
  return text
end

local function quoted(path) return "'" .. path:gsub("'", "'\\''") .. "'" end

-- The text after an editor had it, without empty lines at its end.
local function edited(text)
  local folder = assert(sys.make_folder((os.getenv "TMPDIR" or "/tmp") .. "/rille-edit-"))
  local path = folder .. "/entry.lua"
  local editor = os.getenv "VISUAL" or os.getenv "EDITOR" or "vi"
  assert(sys.write_file(path, text ~= "" and text .. "\n" or ""))
  local ok = os.execute(editor .. " " .. quoted(path) .. (sys.is_terminal(0) and "" or " < /dev/null"))
  local now = ok and sys.read_file(path)
  sys.remove(folder)
  if not now then fail(".edit: %s failed, so nothing was entered; $VISUAL or $EDITOR names another editor", editor) end
  return (now:gsub("%s+$", ""))
end

function commands.edit.run(session, words)
  local before = text_of(session, words[1])
  local text = edited(before)
  if text == "" or text == (before:gsub("%s+$", "")) then
    return session.face.put "the text is as it was, so nothing was entered"
  end
  session.face.put(text)
  session.edited = text
  local status = session:enter(text)
  if status ~= "incomplete" then return status end
  session.face.complain "the text is not complete; go on with .edit"
  session:keep_incomplete(text)
  return "error"
end

-- Saving -------------------------------------------------------------------------------------

function commands.save.run(session, words)
  if not words[1] or words[2] then fail ".save: expected the name of a file, as in .save work.lua" end
  if sys.stat(words[1]) then fail(".save: %s is there already; give another name", words[1]) end
  local texts = {}
  for i, text in session.transcript:each_success() do texts[i] = text end
  local ok, message = sys.write_file(words[1], require("rille.repl.saved").script(texts))
  if not ok then fail(".save: %s", message) end
  local count = format.count(#texts) .. (#texts == 1 and " entry" or " entries")
  session.face.put(count .. " in " .. words[1])
end

-- Settings -----------------------------------------------------------------------------------

function commands.mode.run(session, words)
  local name = words[1]
  if not name then
    for _, mode in ipairs(modes.list) do
      local mark = mode.name == (session.mode or "auto") and "*" or " "
      session.face.put(string.format("%s %-6s %s", mark, mode.name, mode.text))
    end
    return
  end
  local names = {}
  for i, mode in ipairs(modes.list) do names[i] = mode.name end
  if not modes.find(name) then fail('.mode: there is no mode "%s"%s', name, suggest.hint(name, names)) end
  session.mode = name
end

function commands.forget.run(session, words)
  if not words[1] and session.trip then require("rille.repl.travel").leave(session) end
  local names, known = words, {}
  for name in next, session.cells do known[#known + 1] = name end
  table.sort(known)
  if not words[1] then names = known end
  for _, name in ipairs(names) do
    if not session.cells[name] then fail('.forget: there is no local "%s"%s', name, suggest.hint(name, known)) end
  end
  for _, name in ipairs(names) do session.cells[name] = nil end
  session.face.put(names[1] and "forgotten: " .. table.concat(names, ", ") or "there are no locals")
end

function commands.time.run(session, words, line)
  if not words[1] then fail ".time: expected an entry, on or off, as in .time p:run {}" end
  if line == "on" or line == "off" then
    session.timed = line == "on"
    return
  end
  local began = sys.mono()
  local status = session:enter(line)
  if status == "incomplete" then fail ".time: the entry is not complete; .time on times those of several lines, too" end
  if status == "ok" and not session.timed then session.face.put(format.seconds(sys.mono() - began)) end
  return status
end

return commands

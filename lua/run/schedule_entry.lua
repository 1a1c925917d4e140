-- schedule_entry: what is scheduled, as lines of a crontab and as units of systemd.
--
-- An entry is { name, project, words, folder, timetable }: words are the command, run in folder; project is the folder
-- with the store.  In a crontab it is two lines, of which the first says whose the second is:
--
--     # rille schedule {"name":"nightly","project":"/home/ann/digits"}
--     0 3 * * * cd /home/ann/digits && /usr/bin/rille run digits.lua -q
--
-- and for systemd two files, rille-NAME-HASH.service and .timer, which begin with the same line.

local cron = require "rille.script.cron"
local hash = require "rille.host.hash"
local json = require "rille.json"

local schedule_entry = {}

local MARK <const> = "# rille schedule "

-- The line that says whose an entry is.
---@param entry { name: string, project: string }
---@return string
function schedule_entry.mark(entry)
  return MARK .. json.encode(json.object { name = entry.name, project = entry.project })
end

-- { name, project } of such a line, or nil.
---@param line string
---@return table?
function schedule_entry.read_mark(line)
  if line:sub(1, #MARK) ~= MARK then return nil end
  local ok, mark = pcall(json.decode, line:sub(#MARK + 1))
  return ok and type(mark) == "table" and type(mark.name) == "string" and type(mark.project) == "string" and mark or nil
end

local function shell_word(word)
  if word:find "^[%w%._/=:,@+-]+$" then return word end
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

-- The command as a shell reads it.
---@param entry table
---@return string
function schedule_entry.command(entry)
  local words = {}
  for i, word in ipairs(entry.words) do words[i] = shell_word(word) end
  return "cd " .. shell_word(entry.folder) .. " && " .. table.concat(words, " ")
end

-- The lines of a crontab, which takes % for the end of the line.
---@param entry table
---@return string[]
function schedule_entry.crontab(entry)
  local t = entry.timetable
  return { schedule_entry.mark(entry), (t.fields or t.text) .. " " .. schedule_entry.command(entry):gsub("%%", "\\%%") }
end

-- The text of a crontab split in the lines of others and the entries of rille: { name, project, line }.
---@param text string
---@return string[] others
---@return table[] entries
function schedule_entry.read_crontab(text)
  local others, entries, mark = {}, {}, nil
  for line in (text .. (text:sub(-1) == "\n" and "" or "\n")):gmatch "([^\n]*)\n" do
    if mark and line ~= "" and line:sub(1, 1) ~= "#" then
      entries[#entries + 1] = { name = mark.name, project = mark.project, line = line, at = #others }
      mark = nil
    else
      if mark then others[#others + 1] = schedule_entry.mark(mark) end      -- its line is gone
      mark = schedule_entry.read_mark(line)
      if not mark then others[#others + 1] = line end
    end
  end
  if mark then others[#others + 1] = schedule_entry.mark(mark) end
  if text == "" then others = {} end
  return others, entries
end

-- A crontab without the entry of that name and project, and with the new one, if any, in its place.
---@param text string
---@param which { name: string, project: string }
---@param entry table?
---@return string text
---@return boolean found
function schedule_entry.change_crontab(text, which, entry)
  local lines, found = {}, false
  local others, entries = schedule_entry.read_crontab(text)
  local function put(mark_line, line) lines[#lines + 1], lines[#lines + 2] = mark_line, line end
  local next_one = 1
  for i = 0, #others do
    if i > 0 then lines[#lines + 1] = others[i] end
    while entries[next_one] and entries[next_one].at == i do
      local one = entries[next_one]
      if one.name ~= which.name or one.project ~= which.project then put(schedule_entry.mark(one), one.line)
      else
        if entry and not found then put(table.unpack(schedule_entry.crontab(entry))) end
        found = true
      end
      next_one = next_one + 1
    end
  end
  if entry and not found then put(table.unpack(schedule_entry.crontab(entry))) end
  return table.concat(lines, "\n") .. (lines[1] and "\n" or ""), found
end

-- systemd ---------------------------------------------------------------------------------

-- The name of its units, without the ending.
---@param which { name: string, project: string }
---@return string
function schedule_entry.unit(which)
  local digest = hash.hex(hash.sha256(which.project .. "\0" .. which.name))
  return "rille-" .. which.name:gsub("[^%w_.-]", "-") .. "-" .. digest:sub(1, 8)
end

-- A word of a unit file: % and $ mean something there.
local function unit_word(word)
  word = word:gsub("%%", "%%%%"):gsub("%$", "$$")
  if word:find "^[%w%._/=:,@+%%$-]+$" then return word end
  return '"' .. word:gsub('[\\"]', "\\%0") .. '"'
end

local function timer_lines(t)
  if not t.sets.minute then
    return { "OnActiveSec=" .. t.every .. "s", "OnUnitActiveSec=" .. t.every .. "s" }
  end
  local lines = {}
  for i, calendar in ipairs(cron.calendar(t)) do lines[i] = "OnCalendar=" .. calendar end
  lines[#lines + 1] = "Persistent=true"
  return lines
end

-- The texts of its service and its timer.
---@param entry table
---@return string service
---@return string timer
function schedule_entry.units(entry)
  local words = {}
  for i, word in ipairs(entry.words) do words[i] = unit_word(word) end
  local mark, about = schedule_entry.mark(entry), "Description=rille schedule " .. entry.name:gsub("%%", "%%%%")
  local service = { mark, "[Unit]", about, "", "[Service]", "Type=oneshot",
    "KillMode=process",                 -- a deployment that the run starts goes on
    "WorkingDirectory=" .. entry.folder:gsub("%%", "%%%%"), "ExecStart=" .. table.concat(words, " ") }
  local timer = { mark, "[Unit]", about, "", "[Timer]" }
  for _, line in ipairs(timer_lines(entry.timetable)) do timer[#timer + 1] = line end
  for _, line in ipairs { "", "[Install]", "WantedBy=timers.target" } do timer[#timer + 1] = line end
  return table.concat(service, "\n") .. "\n", table.concat(timer, "\n") .. "\n"
end

return schedule_entry

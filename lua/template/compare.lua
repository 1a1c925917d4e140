-- compare: what becomes of each file of a project where there may be files already.
--
--     entries = { { file, status, there } ... }
--
-- file is of template/project.lua, there the text that is in its place.  A status is
--     created      nothing is there
--     unchanged    the same text is there
--     kept         what is there stays: the template says so (`keep`), or a person has changed it, and the template
--                  makes what it made before
--     updated      what is there is what the template made before
--     overwritten  --force: what is there is lost
--     conflict     none of these: nothing is written

local diff = require "rille.base.diff"
local format = require "rille.base.format"
local out = require "rille.show.out"
local record = require "rille.template.record"
local suggest = require "rille.base.suggest"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"
local text_width = require "rille.base.text_width"

local compare = {}

-- What is in the place of a file: its text, or nil and what it is else.
local function there(dir, path)
  local folder = path:match "^(.*)/[^/]*$"
  while folder do
    local kind = sys.entry(dir .. "/" .. folder)
    if kind and kind ~= "folder" then return nil, string.format("%s is a %s and not a folder", folder, kind) end
    folder = folder:match "^(.*)/[^/]*$"
  end
  local kind = sys.entry(dir .. "/" .. path)
  if not kind then return nil, nil end
  if kind ~= "file" then return nil, "there is a " .. kind .. " in its place" end
  local text, message = sys.read_file(dir .. "/" .. path)
  return text, message
end

local function status_of(file, text, given)
  if text == file.text then return "unchanged" end
  if file.path == record.FILE then return "updated" end
  if suggest.has(file.path, given.keep) then return "kept" end
  local before = given.before and given.before.files[file.path]
  if before == record.digest(text) then return "updated" end
  if before == record.digest(file.text) then return "kept" end
  return given.force and "overwritten" or "conflict"
end

---@param dir string
---@param files table[] of template/project.lua
---@param given { keep: string[], before: rille.template.record?, force: boolean? }
---@return table[] entries
function compare.files(dir, files, given)
  local entries = {}
  for i, file in ipairs(files) do
    local text, flaw = there(dir, file.path)
    if flaw then entries[i] = { file = file, status = "conflict", flaw = flaw }
    elseif not text then entries[i] = { file = file, status = "created" }
    else entries[i] = { file = file, there = text, status = status_of(file, text, given) } end
  end
  return entries
end

-- The files that the template made before and makes no more, which are still there.
---@param dir string
---@param files table[]
---@param before rille.template.record?
---@return string[] paths
function compare.left(dir, files, before)
  local made, list = {}, {}
  for _, file in ipairs(files) do made[file.path] = true end
  for path in next, before and before.files or {} do
    if not made[path] and sys.entry(dir .. "/" .. path) == "file" then list[#list + 1] = path end
  end
  table.sort(list)
  return list
end

local MOST <const>, MOST_OF_DATA <const> = 30, 5        -- changed lines that are shown of a file
local LONGEST <const> = 160             -- columns of a line that is shown in a pipe

local function is_text(s) return not s:find "\0" and utf8.len(s) ~= nil end

-- Shows what is there and what the template makes instead.
---@param shown string the path
---@param entry table
function compare.show(shown, entry)
  if entry.flaw then return out.line("%s: %s", shown, entry.flaw) end
  if not is_text(entry.there) or not is_text(entry.file.text) then
    return out.line("%s: another file is there (%s, the template makes %s)", shown, format.bytes(#entry.there),
      format.bytes(#entry.file.text))
  end
  local lines = diff.lines(entry.there, entry.file.text)
  out.line("%s: another file is there (-), and the template makes (+)", shown)
  if not lines[1] then out.line("  they differ in the end of the last line") end
  local is_terminal, columns = sys.is_terminal(1)
  local most = entry.file.path:find "%.csv$" and MOST_OF_DATA or MOST
  local room = (is_terminal and columns or LONGEST) - 4
  for i = 1, math.min(#lines, most) do
    local sign, line = lines[i][1], text_width.cut(terminal.line(lines[i][2]), room)
    out.line("  %s", format.in_colour(sign == "-" and "red" or "green", sign .. " " .. line))
  end
  if #lines > most then out.line("  ... and %s", format.plural(#lines - most, "more changed line")) end
end

return compare

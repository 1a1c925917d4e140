-- line_editor: what the program gives to the prompt: the editor of lines (host/line_editor.h), and Ctrl-C for entries
-- that run (host/entry_guard.h).

local line_editor = {}

local open, guard           -- functions that the program gives to lua/main.lua; nil in a library

---@param open_editor (fun(): table?, string?)?
---@param guard_entry (fun(begin: boolean): boolean)?
function line_editor.connect(open_editor, guard_entry) open, guard = open_editor, guard_entry end

-- A new editor; nil and why there is none.
---@return table? editor, string? message
function line_editor.open()
  if not open then return nil, "lines cannot be edited here" end
  return open()
end

-- From now on Ctrl-C ends what runs, until line_editor.release.
function line_editor.guard() if guard then guard(true) end end

---@return boolean interrupted
function line_editor.release() return guard ~= nil and guard(false) end

return line_editor

-- access: what this process may do with the project: read and write, until a host asks for less.

local access = {}

local INVALID <const>, READONLY <const> = -6, -16       -- codes of host/rille.h

local refusal               -- why it cannot be opened any more, or nil
local readonly = false      -- nothing is written from here on

-- From now on the project is not opened again.
---@param why string
function access.refuse(why) refusal = why end

-- From now on the project is opened for reading only.
function access.set_readonly() readonly = true end

-- Why the project cannot be opened so; nil where it can.
---@param mode "write"|"read"
---@param show_path fun(path: string): string
---@param dir string the project
---@return string? message, integer? code
function access.refused(mode, show_path, dir)
  if refusal then return refusal, INVALID end
  if readonly and mode == "write" then return show_path(dir) .. ": it was opened for reading only", READONLY end
end

return access

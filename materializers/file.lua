-- file: one member, the file under its own name; executable/NAME where its owner may
-- execute it.  Loading gives a copy in a temporary folder of the step that reads it.
-- Version 1 had no executable files, and did not encode names (member_name.lua).
local folder = require "rille.project.folder"
local member_name = require "rille.artifact.member_name"
local project = require "rille.project"
local paths = require "rille.project.paths"

local EXECUTABLE <const> = "executable/"

return {
  version = 2,
  save = function(f, art)
    local name = member_name.encode(f.name)
    art:write_file(folder.is_executable(project.resolve(f.path)) and EXECUTABLE .. name or name, f.path)
  end,
  load = function(art)
    local name = art.members[1].name
    local file = name:match "[^/]+$"
    if art.version > 1 then file = member_name.decode(file) end
    local path = art.env.folder() .. "/" .. file
    art:extract(name, path, name:sub(1, #EXECUTABLE) == EXECUTABLE)
    return paths.file_at(path)
  end,
  preview = function(f) return "file " .. f.name end,
}

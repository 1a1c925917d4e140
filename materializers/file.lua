-- file: one member, the file under its own name.  Loading gives a copy in a
-- temporary folder of the step that reads it.
local source = require "rille.source"

return {
  version = 1,
  save = function(f, art) art:write_file(f.name, f.path, f.given) end,
  load = function(art)
    local name = art.members[1].name
    local path = art.env.folder() .. "/" .. name
    art:extract(name, path)
    return source.file_at(path)
  end,
  preview = function(f) return "file " .. f.name end,
}

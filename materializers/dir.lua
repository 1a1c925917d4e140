-- dir: a member a file, by its path in the folder, and folder.json, the list of
-- all folders, so that empty ones come back too.
local json = require "rille.json"
local source = require "rille.source"
local sys = require "rille.host.sys"

local function make_folder(path)
  local ok, message = sys.mkdirs(path)
  if not ok then error(message, 0) end
end

return {
  version = 1,
  save = function(d, art)
    local files, folders = source.walk(d.path, d.given)
    art:write("folder.json", json.pack(folders))
    for _, name in ipairs(files) do art:write_file("files/" .. name, d.path .. "/" .. name, d.given .. "/" .. name) end
  end,
  load = function(art)
    local root = art.env.folder()
    for _, name in ipairs(json.unpack(art:read "folder.json")) do make_folder(root .. "/" .. name) end
    for _, one in ipairs(art.members) do
      local name = one.name:match "^files/(.+)$"
      if name then art:extract(one.name, root .. "/" .. name) end
    end
    return source.dir_at(root)
  end,
  preview = function(d)
    local files = source.walk(d.path)
    return string.format("folder of %d file%s", #files, #files == 1 and "" or "s")
  end,
}

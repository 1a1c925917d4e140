-- dir: each file is a member, files/ and its path in the folder.  folder.json has the rest:
-- { folders = all of them, as some are empty, links = { { path, target }... }, executable =
-- files that their owner may execute }.
-- Version 1 had only the list of folders, and did not encode names (member_name.lua).
local folder = require "rille.project.folder"
local json = require "rille.json"
local artifact_io = require "rille.artifact.artifact_io"
local member_name = require "rille.artifact.member_name"
local observe = require "rille.host.observe"
local project = require "rille.project"
local paths = require "rille.project.paths"
local sys = require "rille.host.sys"

local FILES <const> = "files/"

local function need(ok, message)
  if not ok then error(message, 0) end
  return ok
end

local function encoded(list)
  local made = {}
  for i, path in ipairs(list) do made[i] = type(path) == "table" and encoded(path) or member_name.encode(path) end
  return made
end

-- Where a link of the folder leads to: an answer that was "nowhere" may change.
local function destination(d, path, target)
  if target:sub(1, 1) == "/" then return target end
  return d.path .. "/" .. (path:match "^.*/" or "") .. target
end

-- Nobody can keep a pipe, socket or device.
local function leave_out(art, d, specials)
  if not specials[1] then return end
  local what = string.format("%s/%s is a pipe, socket or device", d.path, specials[1])
  if #specials > 1 then what = what .. string.format(" (and %d more)", #specials - 1) end
  if not art.env.note then error(what .. ", which cannot be kept; remove it", 0) end
  art.env.note(what .. ", which cannot be kept: it is left out of the artifact")
end

local function save(d, art)
  local tree = folder.read(project.resolve(d.path), function(path)
    observe.reading(path == "" and d.path or d.path .. "/" .. path)
  end)
  leave_out(art, d, tree.specials)
  art:write("folder.json", json.pack { folders = encoded(tree.folders), links = encoded(tree.links),
    executable = encoded(tree.executable) })
  for _, name in ipairs(tree.files) do art:write_file(FILES .. member_name.encode(name), d.path .. "/" .. name) end
  for _, link in ipairs(tree.links) do observe.reading(destination(d, link[1], link[2])) end
end

local function same(name) return name end

-- Makes the folder again, below root.
local function restore(art, root)
  local index = artifact_io.read_table(art, "folder.json")
  local decode = art.version > 1 and member_name.decode or same
  if art.version == 1 then index = { folders = index, links = {}, executable = {} } end
  local function path_of(name)
    local flaw = member_name.flaw(name)
    if flaw then error(string.format("folder.json: %q: %s", name, flaw), 0) end
    return decode(name)
  end
  local executable = {}
  for _, name in ipairs(index.executable) do executable[name] = true end
  for _, name in ipairs(index.folders) do
    local handle <close>, message = sys.beneath(root, path_of(name))
    need(handle, message)
    need(sys.mkdirs(message))
  end
  for _, one in ipairs(art.members) do
    local name = one.name:match "^files/(.+)$"
    if name then
      local handle <close>, path = sys.beneath(root, path_of(name))
      need(handle, path)
      art:extract(one.name, path, executable[name])
    end
  end
  -- the last, and never through another one
  for _, link in ipairs(index.links) do
    local handle <close>, path = sys.beneath(root, path_of(link[1]))
    need(handle, path)
    need(sys.make_link(decode(link[2]), path))
  end
end

return {
  version = 2,
  save = save,
  load = function(art)
    local root = art.env.folder()
    restore(art, root)
    return paths.dir_at(root)
  end,
  restore = restore,
  preview = function(d)
    local files = folder.read(project.resolve(d.path)).files
    return string.format("folder of %d file%s", #files, #files == 1 and "" or "s")
  end,
}

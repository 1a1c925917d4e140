-- output_files: the folders of ctx:output_uri, in which a running step puts files for its
-- outputs.  The files become members of the output's artifact:
--     the step returns a value         the value's members, then staged/PATH
--     it returns nil, type dir or any  the folder is the value
--     it returns nil, type file        the one file in it is the value

local folder = require "rille.project.folder"
local materialize = require "rille.artifact.materialize"
local errors = require "rille.base.errors"
local paths = require "rille.project.paths"
local suggest = require "rille.base.suggest"
local sys = require "rille.host.sys"
local types = require "rille.script.types"

local output_files = {}

-- The position of the output that a method of ctx is called for.
---@param spec Step
---@param method string "output_uri"
---@param name string? needed when there are several
function output_files.output(spec, method, name)
  local names = {}
  for i, port in ipairs(spec.outputs) do names[i] = port.name end
  if #names == 0 then errors.raise('ctx:%s: step "%s" has no output', method, spec.name) end
  if name == nil then
    if #names == 1 then return 1 end
    errors.raise('ctx:%s: step "%s" has %d outputs; name one of %s', method, spec.name, #names,
      table.concat(names, ", "))
  end
  local i = spec.index.output[name]
  if not i then
    errors.raise('ctx:%s: step "%s" has no output "%s"%s', method, spec.name, tostring(name), suggest.hint(name, names))
  end
  return i
end

-- The folder of output i; it is made when the step first asks for it.
---@param staged table<integer, string> the folders that there are
---@param root string the step's temporary folder
---@param i integer
---@return string
function output_files.folder(staged, root, i)
  if not staged[i] then
    local path = root .. "/output-" .. i
    errors.need(sys.mkdirs(path))
    staged[i] = path
  end
  return staged[i]
end

local function only_file(dir, port)
  local files = paths.walk(dir)
  if #files ~= 1 or files[1]:find "/" then
    error(string.format('output "%s" is a file, but its folder (ctx:output_uri) holds %d files', port.name, #files), 0)
  end
  return paths.file_at(dir .. "/" .. files[1])
end

-- The value of an output: what the step returned, or, where that is nil, what it put into
-- the folder.
---@param port Port
---@param v any
---@param dir string?
---@return any value, boolean has_files there are files in the folder beside the value
function output_files.value(port, v, dir)
  if not dir then return v, false end
  if v ~= nil then return v, true end
  if port.type.name == "file" then return only_file(dir, port), false end
  if types.admit(port.type, nil) == types.REFUSED and types.admit(port.type, paths.dir_at(dir)) == types.REFUSED then
    return nil, true
  end
  local files = paths.walk(dir)
  if port.type.name ~= "dir" and #files == 0 then return nil, false end
  return paths.dir_at(dir), false
end

-- The artifact with the folder's files beside its value.
---@param artifact Artifact
---@param staged string the folder
---@param env table { store, note(text) }
---@return Artifact
function output_files.add(artifact, staged, env)
  local files, specials = paths.walk(staged), folder.read(staged).specials
  if specials[1] then
    env.note(specials[1] .. "is a pipe, socket or device and cannot be kept; left out of the artifact")
  end
  if #files == 0 then return artifact end
  return materialize.extended(artifact, staged, files, env)
end

return output_files

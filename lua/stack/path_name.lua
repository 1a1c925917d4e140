-- path_name: names of metrics, parameters and tags as relative paths that other programs take.
--
-- The names of MLflow's file store are paths: letters, digits, _ - . and blanks, and / between folders.  What else a
-- name has becomes _xHH, its bytes in hexadecimal, so that it can be read back; _x itself begins with _x5f.

local hash = require "rille.host.hash"

local path_name = {}

local MOST <const> = 225            -- bytes of a name: 250, less what a tag may have before it

local function hex(char) return string.format("_x%02x", char:byte()) end

-- The name with at most so many bytes: its beginning and its hash, which cannot be read back.
local function shortened(name, encoded)
  return encoded:sub(1, MOST - 40):gsub("/+$", "") .. "_" .. hash.hex(hash.sha256(name)):sub(1, 32)
end

-- A name as a path: the same for the same name, another one for another name.
---@param name string
---@return string
function path_name.encode(name)
  local encoded = name:gsub("_x", "_x5fx"):gsub("[^%w_%-%./ ]", hex)
  -- no folder is called . or .. or nothing
  encoded = ("/" .. encoded .. "/"):gsub("%f[^/]%.+%f[/]", function(dots) return dots:gsub("%.", hex) end)
  encoded = encoded:sub(2, -2):gsub("^/", hex):gsub("/$", hex):gsub("//+", function(all)
    return "/" .. all:sub(2):gsub("/", hex)
  end)
  if encoded == "" then encoded = "_x" end
  encoded = encoded:gsub("^%.%.", function(dots) return dots:gsub("%.", hex) end)
  return #encoded > MOST and shortened(name, encoded) or encoded
end

-- The same where no / may be: the name of one file or folder.
---@param name string
---@return string
function path_name.flat(name) return (path_name.encode(name):gsub("/", hex)) end

-- Gives names their places in a folder, so that none is both a file and a folder.
---@return fun(name: string): string
function path_name.places()
  local files, folders = {}, {}
  return function(name)
    local path = path_name.encode(name)
    for at in path:gmatch "()/" do
      -- a file has the name of a folder that is wanted
      if files[path:sub(1, at - 1)] then path = path:gsub("/", hex) break end
    end
    while folders[path] or files[path] do path = path:sub(1, -2) .. hex(path:sub(-1)) end
    for at in path:gmatch "()/" do folders[path:sub(1, at - 1)] = true end
    files[path] = true
    return path
  end
end

return path_name

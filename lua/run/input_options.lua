-- input_options: how a file of --input is read: PATH?OPTION=VALUE&OPTION=VALUE, the options of csv.read, json.read
-- and jsonl.read, or table=NAME or query=SQL of a SQLite file, where SQL is all that follows.
--
--   data.csv?missing=NA&missing=-     { missing = { "NA", "-" } }
--   data.csv?types.id=string&skip=4   { types = { id = "string" }, skip = 4 }
--   data.txt?separator=\t             { separator = "\t" }; so is separator=tab

local sys = require "rille.host.sys"

local input_options = {}

local LISTS <const> = { missing = true, names = true }
local TABS <const> = { tab = "\t", ["\\t"] = "\t" }
local BOOLEANS <const> = { ["true"] = true, ["false"] = false }

local function value_of(name, text)
  if name == "skip" then return math.tointeger(tonumber(text)) or text end
  if name == "separator" then return TABS[text] or text end
  if name == "header" and BOOLEANS[text] ~= nil then return BOOLEANS[text] end
  return text
end

local function add(options, name, text)
  local group, key = name:match "^(%l+)%.(.+)$"
  if group then
    if type(options[group]) ~= "table" then options[group] = {} end
    options[group][key] = text
  elseif LISTS[name] then
    options[name] = options[name] or {}
    table.insert(options[name], text)
  else
    options[name] = value_of(name, text)
  end
end

-- The path and the options, nil without any; raises a text.  A file of the whole name is that file.
---@param text string
---@return string path, table? options
function input_options.split(text)
  local path, list = text:match "^(.-%.%w+)%?(.*)$"
  if not path or sys.stat(text) then return text end
  local options = {}
  local first, query = list:match "^(.-)%f[%w]query=(.*)$"
  if query and (first == "" or first:sub(-1) == "&") then list, options.query = first, query end
  for part in list:gmatch "[^&]+" do
    local name, value = part:match "^([%w_.]+)=(.*)$"
    if not name then error(string.format("%q: expected OPTION=VALUE, as in %s?missing=NA", part, path), 0) end
    add(options, name, value)
  end
  return path, options
end

-- What to add to an error of csv.read, json.read or jsonl.read that names an option.
---@param message string
---@param path string
---@return string
function input_options.hint(message, path)
  if not message:find "%l+ = \"" and not message:find "skip = %d" then return "" end
  local ending = path:match "^[^?]*%.(n?d?jsonl?)%f[%A]"
  if ending then return "; the option follows the path, as in x." .. ending .. "?encoding=latin-1" end
  return "; options follow the path, as in x.csv?encoding=latin-1&skip=4"
end

return input_options

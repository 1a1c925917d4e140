-- not_lua: says what a file is that was given as a script and does not compile.

local not_lua = {}

-- How files begin that are no text.
local MARKS <const> = {
  { "\127ELF", "a program in machine code" },
  { "SQLite format 3\0", "an SQLite database" },
  { "PK\3\4", "a zip archive" },
  { "\31\139", "a gzip file" },
  { "\40\181\47\253", "a zstd file" },
  { "%PDF-", "a PDF document" },
  { "\147NUMPY", "a NumPy array" },
  { "\137PNG", "a PNG image" },
  { "\255\254", "text in UTF-16; save it as UTF-8" },
  { "\254\255", "text in UTF-16; save it as UTF-8" },
}

-- What to do with files of these endings; %s is the file.
local ENDINGS <const> = {
  yaml = "a YAML file is given beside the script: rille run FILE --config %s",
  csv = "a CSV file is read by a script: require(\"rille.csv\").read \"%s\"",
  json = "a JSON file is read by a script: require(\"rille.json\")",
  py = "a Python script is a step's command: see rille help programs",
  sh = "a shell script is a step's command: see rille help programs",
}
ENDINGS.yml, ENDINGS.tsv, ENDINGS.bash = ENDINGS.yaml, ENDINGS.csv, ENDINGS.sh

local function kind_of(text)
  for _, one in ipairs(MARKS) do
    if text:sub(1, #one[1]) == one[1] then return one[2] end
  end
  if text:sub(1, 4096):find("\0", 1, true) then return "a binary file" end
end

-- The message of the compiler, or a better one.
---@param chunk_name string "@PATH" or "=NAME"
---@param text string
---@param message string
---@return string
function not_lua.explain(chunk_name, text, message)
  local name = chunk_name:sub(2)
  local kind = text:sub(1, 4) ~= "\27Lua" and kind_of(text)
  if kind then return ("%s is not a Lua script: it is %s"):format(name, kind) end
  local interpreter = text:match "^#![^\n]-([%w.+-]+)%s*\n" or ""
  if interpreter ~= "" and not interpreter:find "lua" and not interpreter:find "rille" then
    return ("%s; the first line of the file names %s"):format(message, interpreter)
  end
  local advice = ENDINGS[(name:match "%.(%w+)$" or ""):lower()]
  return advice and message .. "; " .. advice:format(name) or message
end

return not_lua

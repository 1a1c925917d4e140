-- library_docs: what lua/library/, the descriptions for editors, says of a function of rille: `rille.csv.read`,
-- `frame.join`, `run:graph`.  A file of it is read when a name of it is asked for.
--
--     { name = "csv.read", args = { "path", "options" }, text = lines, params = { { name, type, text } },
--       returns = { text }, fields = { { name, type, text } } of the options that the last parameter takes }

local origin = require "rille.host.origin"

local library_docs = {}

---@class LibraryDoc
---@field name string
---@field args string
---@field text string[]
---@field params { name: string, type: string, text: string }[]
---@field returns string[]

-- A type at the beginning of a text, which may have blanks within brackets and behind commas and bars; the rest.
local function split_type(text)
  local depth, at = 0, 1
  while at <= #text do
    local c = text:sub(at, at)
    if c:find "[%[({<]" then depth = depth + 1 elseif c:find "[%])}>]" then depth = depth - 1 end
    if c == " " and depth == 0 and not text:find("^ ?[|]", at) and not text:sub(1, at - 1):find "[|,:]$" then break end
    at = at + 1
  end
  return text:sub(1, at - 1), (text:sub(at + 1):gsub("^#%s*", ""))
end

local function named_line(line)
  local name, rest = line:match "^(%S+)%s+(.*)$"
  if not name then return { name = line, type = "", text = "" } end
  local typ, text = split_type(rest)
  return { name = name, type = typ, text = text }
end

local function read_comment(doc, line)
  local tag, rest = line:match "^@(%a+)%s*(.*)$"
  if tag == "param" then doc.params[#doc.params + 1] = named_line(rest)
  elseif tag == "return" then doc.returns[#doc.returns + 1] = rest
  elseif not tag then doc.text[#doc.text + 1] = line end
end

local function new_doc() return { text = {}, params = {}, returns = {} } end

-- The functions of a file by name in small letters, "csv.read", and the fields of its classes.
local function parse(text)
  local functions, classes, doc, class = {}, {}, new_doc(), nil
  for line in text:gmatch "[^\n]+" do
    local comment = line:match "^%-%-%-(.*)$"
    local of_class = comment and comment:match "^@class%s+([%w_.]+)"
    local owner, mark, member, args = line:match "^function ([%w_]+)([.:])([%w_]+)%((.-)%)"
    if of_class then
      class = { doc = doc.text }
      classes[of_class], doc = class, new_doc()
    elseif comment and comment:find "^@field" and class then
      class[#class + 1] = named_line((comment:gsub("^@field%s+", "")))
    elseif comment then
      read_comment(doc, comment)
    else
      if owner then
        doc.name, doc.args = owner .. mark .. member, args
        functions[(owner .. "." .. member):lower()] = doc
      end
      doc = new_doc()
    end
  end
  return { functions = functions, classes = classes }
end

local parsed = setmetatable({}, { __mode = "v" })

local function file_of(module)
  local path = "lua/library/" .. (module == "rille" and "rille" or "rille/" .. module) .. ".lua"
  local ok, text = pcall(origin.text, path)
  if not ok then return nil end
  parsed[module] = parsed[module] or parse(text)
  return parsed[module]
end

-- The files that can have the name, the likeliest first.
local function files_for(module)
  local list = { module, "rille" }
  for _, name in ipairs(origin.batteries()) do list[#list + 1] = name end
  return list
end

-- The description of a function, by its path: "rille.csv.read", "csv.read", "run:graph", "rille.step".
---@param path string
---@return LibraryDoc?
---@return table? classes of its file
function library_docs.of(path)
  local bare = path:gsub("^rille%.", "")
  local owner, member = bare:match "([%w_]+)[.:]([%w_]+)$"
  if not owner then owner, member = "rille", bare:match "^[%w_]+$" end
  if not member then return nil end
  local wanted = (owner .. "." .. member):lower()
  for _, module in ipairs(files_for(owner:lower())) do
    local file = file_of(module)
    local doc = file and file.functions[wanted]
    if doc then return doc, file.classes end
  end
end

-- The functions of a module, sorted; nil where there is no such module.
---@param module string "csv"
---@return string[]?
function library_docs.functions_of(module)
  local file = file_of(module)
  if not file then return nil end
  local names = {}
  for name, doc in next, file.functions do
    if name:find("^" .. module:lower() .. "%.") then names[#names + 1] = doc.name .. "(" .. doc.args .. ")" end
  end
  table.sort(names)
  return names
end

local MOST <const> = 30         -- fields of options that are shown

local function rows_of(lines, title, list)
  local wide = 0
  for i = 1, math.min(#list, MOST) do wide = math.max(wide, #list[i].name) end
  for i = 1, math.min(#list, MOST) do
    local one = list[i]
    lines[#lines + 1] = string.format("  %-8s %-" .. wide .. "s  %s%s", i == 1 and title or "", one.name, one.type,
      one.text ~= "" and "  " .. one.text or "")
  end
  if #list > MOST then lines[#lines + 1] = string.format("  %-8s … %d more", "", #list - MOST) end
end

-- The description as lines for people.
---@param doc LibraryDoc
---@param classes table
---@return string
function library_docs.shown(doc, classes)
  local lines = { "function " .. doc.name .. "(" .. doc.args .. ")" }
  for _, line in ipairs(doc.text) do lines[#lines + 1] = "  " .. line:gsub("^%s+", "") end
  rows_of(lines, "takes", doc.params)
  for i, text in ipairs(doc.returns) do
    local typ, rest = split_type(text)
    lines[#lines + 1] = string.format("  %-8s %s%s", i == 1 and "returns" or "", typ, rest ~= "" and "  " .. rest or "")
    local class = classes[typ:match "^fun%(fields: ([%w_.]+)%)" or ""]
    if class then rows_of(lines, "fields", class) end
  end
  for _, param in ipairs(doc.params) do
    local class = classes[param.type:gsub("%?$", "")]
    if class and class[1] and not param.type:find "Frame" then rows_of(lines, param.name, class) end
  end
  return table.concat(lines, "\n")
end

return library_docs

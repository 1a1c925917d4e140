-- npy_value: what a .npy file holds that is no array of numbers: strings as a list, dates as dates, records as a frame;
-- and the members of a .npz file, a zip of .npy files.
--
-- A header is { descr = "<U5" or { { name, type }, ... }, fortran_order = boolean, shape = { n, ... } }, a text of
-- Python that is read by its own small grammar; nothing is evaluated.

local array = require "rille.array"
local date = require "rille.frame.date"
local errors = require "rille.base.errors"
local npy = require "rille.host.npy"
local suggest = require "rille.base.suggest"
local sys = require "rille.host.sys"
local value = require "rille.frame.value"

local npy_value = {}

local function bad(name, what) errors.raise("%s: bad .npy header: %s", name, what) end

-- Headers ----------------------------------------------------------------------------

local ESCAPES <const> = { n = "\n", r = "\r", t = "\t", ["\\"] = "\\", ["'"] = "'", ['"'] = '"' }

local function unescaped(text)
  return (text:gsub("\\([xuU])(%x+)", function(kind, digits)
    local n = kind == "x" and 2 or kind == "u" and 4 or 8
    return utf8.char(tonumber(digits:sub(1, n), 16)) .. digits:sub(n + 1)
  end):gsub("\\(.)", ESCAPES))
end

local read

-- Values until the closing bracket, with their keys in a map.
local function read_list(text, at, name, close, deep)
  local list = {}
  at = text:match("^%s*()", at)
  while text:sub(at, at) ~= close do
    if at > #text or deep > 20 then bad(name, "a bracket is not closed") end
    local v, key
    v, at = read(text, at, name, deep)
    at = text:match("^%s*()", at)
    if close == "}" then
      if text:sub(at, at) ~= ":" then bad(name, "':' is expected") end
      key = v
      v, at = read(text, at + 1, name, deep)
      list[key] = v
    else list[#list + 1] = v end
    at = text:match("^%s*,?%s*()", at)
  end
  return list, at + 1
end

-- The value at a place of the text, and where it ends.
function read(text, at, name, deep)
  at = text:match("^%s*()", at)
  local c = text:sub(at, at)
  if c == "{" then return read_list(text, at + 1, name, "}", deep + 1) end
  if c == "(" then return read_list(text, at + 1, name, ")", deep + 1) end
  if c == "[" then return read_list(text, at + 1, name, "]", deep + 1) end
  if c == "'" or c == '"' then
    local from, stop = at + 1, at + 1
    while text:sub(stop, stop) ~= c do
      if stop > #text then bad(name, "a string does not end") end
      stop = stop + (text:sub(stop, stop) == "\\" and 2 or 1)
    end
    return unescaped(text:sub(from, stop - 1)), stop + 1
  end
  local word, stop = text:match("^([%w]+)()", at)
  if word == "True" or word == "False" then return word == "True", stop end
  if word and math.tointeger(tonumber(word)) then return math.tointeger(tonumber(word)), stop end
  bad(name, "a value is expected")
end

-- The header of a file, and the offset of its elements, from 0.
local function header_of(bytes, name)
  if bytes:sub(1, 6) ~= "\x93NUMPY" then errors.raise("%s: not a .npy file", name) end
  local long = bytes:byte(7) ~= 1
  if #bytes < 12 then errors.raise("%s: the file is truncated in its header", name) end
  local n, at = string.unpack(long and "<I4" or "<I2", bytes, 9)
  if #bytes < at - 1 + n then errors.raise("%s: the file is truncated in its header", name) end
  local header = read(bytes:sub(at, at + n - 1), 1, name, 0)
  if type(header.shape) ~= "table" or header.descr == nil then bad(name, "descr or shape is missing") end
  return header, at - 1 + n
end

-- Elements ---------------------------------------------------------------------------

local function count_of(shape, name)
  local n = 1
  for _, d in ipairs(shape) do
    if math.type(d) ~= "integer" or d < 0 or d ~= 0 and n > (1 << 40) // d then bad(name, "the shape is too large") end
    n = n * d
  end
  return n
end

local function check_room(bytes, at, size, name)
  local have = #bytes - at
  if have < size then
    errors.raise("%s: the file is truncated: %d bytes of elements are missing", name, size - have)
  elseif have > size then errors.raise("%s: %d bytes follow the elements", name, have - size) end
end

-- A list as nested lists of a shape.
local function nested(list, shape)
  for k = #shape, 2, -1 do
    local rows = {}
    for i = 1, #list, shape[k] do rows[#rows + 1] = table.move(list, i, i + shape[k] - 1, 1, {}) end
    list = rows
  end
  return list
end

local function plain(bytes, at, header, name)
  local kind, size = npy.dtype(header.descr, name)
  if not kind then errors.raise("%s", size) end
  local n = count_of(header.shape, name)
  check_room(bytes, at, n * size, name)
  local several = #header.shape > 1
  if several and kind == "M" then
    errors.raise("%s: dates of %d axes are not read; save each column, a[:, 0]", name, #header.shape)
  elseif several and header.fortran_order then
    errors.raise("%s: strings in Fortran order are not read; save np.ascontiguousarray(a)", name)
  end
  local made = errors.need(npy.column(bytes, header.descr, at, size, n, name))
  if kind == "M" then return date.of(made) end
  return nested(made, header.shape)
end

-- Records ----------------------------------------------------------------------------

-- { { name, descr, offset }, ... } and the bytes of a record.
local function fields_of(descr, name)
  local fields, offset = {}, 0
  for i, one in ipairs(descr) do
    local field, typ, shape = one[1], one[2], one[3]
    if type(field) == "table" then field = field[2] end      -- (title, name)
    if type(field) ~= "string" or typ == nil then bad(name, "field " .. i .. " has no name and type") end
    local padding = field == "" and type(typ) == "string" and typ:match "^|?V(%d+)$"
    if padding then offset = offset + math.tointeger(padding)
    else
      local what = string.format('%s: field "%s"', name, field)
      if type(typ) == "table" then
        errors.raise("%s is a record itself; save its fields as fields of the whole", what)
      elseif shape then
        errors.raise('%s has several values in a record; save a["%s"] as an array of its own', what, field)
      end
      local kind, size = npy.dtype(typ, what)
      if not kind then
        errors.raise("%s", (size:gsub("save a%.", function() return 'save a["' .. field .. '"].' end)))
      end
      fields[#fields + 1] = { field, typ, offset, kind, what }
      offset = offset + size
    end
  end
  return fields, offset
end

local function records(bytes, at, header, name)
  local fields, size = fields_of(header.descr, name)
  if #header.shape > 1 then
    errors.raise("%s: records of %d axes are not read; save a.ravel()", name, #header.shape)
  end
  local n = count_of(header.shape, name)
  check_room(bytes, at, n * size, name)
  local columns, names = {}, {}
  for i, field in ipairs(fields) do
    local column = errors.need(npy.column(bytes, field[2], at + field[3], size, n, field[5]))
    names[i], columns[i] = field[1], field[4] == "M" and date.of(column) or column
  end
  return value.assemble(names, columns, n)
end

-- The value of a file that is no array of numbers: a list of strings (nested lists, of several axes), dates or a frame.
---@param bytes string
---@param name string for messages
---@return table
function npy_value.decode(bytes, name)
  local header, at = header_of(bytes, name)
  if type(header.descr) == "table" then return records(bytes, at, header, name) end
  return plain(bytes, at, header, name)
end

-- The same of a file; path: as the script gave it.
---@param file string
---@param path string
function npy_value.decode_file(file, path) return npy_value.decode(errors.need(sys.read_file(file)), path) end

-- .npz -------------------------------------------------------------------------------

local END <const>, ENTRY <const>, LOCAL <const> = "PK\5\6", "PK\1\2", "PK\3\4"
local LARGE <const> = 0xffffffff

local function damaged(name, what) errors.raise("%s: the .npz file is damaged: %s", name, what) end

-- The sizes and the offset that are in the extra field of zip64.
local function large_sizes(extra, packed, size, at)
  local from = 1
  while from + 3 <= #extra do
    local id, n = string.unpack("<I2I2", extra, from)
    if id == 1 then
      local p = from + 4
      if size == LARGE and p + 7 < from + 4 + n + 1 then size, p = string.unpack("<i8", extra, p) end
      if packed == LARGE and p + 7 < from + 4 + n + 1 then packed, p = string.unpack("<i8", extra, p) end
      if at == LARGE and p + 7 < from + 4 + n + 1 then at = string.unpack("<i8", extra, p) end
    end
    from = from + 4 + n
  end
  return packed, size, at
end

-- The offset and number of entries of the directory, from 0.
local function directory_of(bytes, path)
  local last
  for from = math.max(1, #bytes - 65556), #bytes - 21 do
    if bytes:sub(from, from + 3) == END then last = from end
  end
  if not last then errors.raise("%s: not a .npz file, a zip of .npy files", path) end
  local n, _, at = string.unpack("<I2I4I4", bytes, last + 10)
  if n == 0xffff or at == LARGE then
    local place = last > 20 and bytes:sub(last - 20, last - 17) == "PK\6\7" and string.unpack("<i8", bytes, last - 12)
    if not place or place < 0 or place + 56 > #bytes then damaged(path, "its end") end
    n, _, at = string.unpack("<i8i8i8", bytes, place + 33)
  end
  return at, n
end

-- { { name, method, crc, packed, size, at }, ... }
local function entries_of(bytes, path)
  local at, n = directory_of(bytes, path)
  local list = {}
  for _ = 1, n do
    if at < 0 or at + 46 > #bytes or bytes:sub(at + 1, at + 4) ~= ENTRY then damaged(path, "its directory") end
    local flags, method = string.unpack("<I2I2", bytes, at + 9)
    local crc, packed, size, name_len, extra_len, note_len = string.unpack("<I4I4I4I2I2I2", bytes, at + 17)
    local place = string.unpack("<I4", bytes, at + 43)
    local name = bytes:sub(at + 47, at + 46 + name_len)
    local extra = bytes:sub(at + 47 + name_len, at + 46 + name_len + extra_len)
    packed, size, place = large_sizes(extra, packed, size, place)
    list[#list + 1] = { name = name, method = method, crc = crc, packed = packed, size = size, at = place,
      is_secret = flags & 1 == 1 }
    at = at + 46 + name_len + extra_len + note_len
  end
  return list
end

-- The bytes of a member.
local function content(bytes, one, path)
  local what = path .. ": " .. one.name
  if one.at < 0 or one.at + 30 > #bytes or bytes:sub(one.at + 1, one.at + 4) ~= LOCAL then
    damaged(what, "it is not where the directory says")
  end
  local name_len, extra_len = string.unpack("<I2I2", bytes, one.at + 27)
  local from = one.at + 30 + name_len + extra_len
  if one.packed < 0 or one.size < 0 or from + one.packed > #bytes then damaged(what, "its end is missing") end
  if one.is_secret then errors.raise("%s is encrypted", what) end
  local text = bytes:sub(from + 1, from + one.packed)
  local message
  if one.method == 8 then
    if one.size > 1100 * one.packed + 1024 then damaged(what, "its size") end
    text, message = npy.inflate(text, one.size)
    if not text then damaged(what, message) end
  elseif one.method ~= 0 then
    errors.raise("%s is compressed by another method than np.savez_compressed uses", what)
  end
  if #text ~= one.size or npy.crc32(text) ~= one.crc then damaged(what, "its checksum") end
  return text
end

-- The names of the members, in their order.
---@param bytes string
---@param path string
---@return string[]
function npy_value.names(bytes, path)
  local names = {}
  for i, one in ipairs(entries_of(bytes, path)) do names[i] = one.name:gsub("%.npy$", "") end
  return names
end

-- The values in a .npz file by their names, or the one of a name.
---@param bytes string
---@param path string
---@param wanted string?
function npy_value.unzip(bytes, path, wanted)
  local made, names = {}, {}
  for i, one in ipairs(entries_of(bytes, path)) do
    local name = one.name:gsub("%.npy$", "")
    names[i] = name
    if not wanted or name == wanted then
      made[name] = array.fromnpy(content(bytes, one, path), path .. ": " .. one.name)
    end
  end
  if not wanted then return made end
  if made[wanted] == nil then errors.raise('%s: there is no "%s"%s', path, wanted, suggest.hint(wanted, names)) end
  return made[wanted]
end

---@param file string
---@param path string as the script gave it
---@param wanted string?
function npy_value.unzip_file(file, path, wanted)
  return npy_value.unzip(errors.need(sys.read_file(file)), path, wanted)
end

return npy_value

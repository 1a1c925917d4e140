-- printed_text: texts, numbers, functions and objects as the prompt shows them.

local printed_text = {}

-- Texts --------------------------------------------------------------------------------------

local ESCAPES <const> = { ["\n"] = "\\n", ["\t"] = "\\t", ["\r"] = "\\r", ["\\"] = "\\\\", ['"'] = '\\"' }

local function hex(c) return string.format("\\x%02x", c:byte()) end

local function as_code(c) return string.format("\\u{%x}", utf8.codepoint(c)) end

-- Code points that a terminal acts on or that nobody sees: C1 controls, directions, separators, blanks of no width.
local UNSEEN <const> = { "\xc2[\x80-\x9f]", "\xe2\x80[\x8b\x8e\x8f\xa8-\xae]", "\xe2\x81[\xa6-\xa9]", "\xef\xbb\xbf" }

-- The text with bytes that are not UTF-8 escaped.
local function with_escaped_bytes(s)
  local parts, at = {}, 1
  while at <= #s do
    local fine, bad = utf8.len(s, at)
    if fine then break end
    parts[#parts + 1] = s:sub(at, bad - 1) .. hex(s:sub(bad, bad))
    at = bad + 1
  end
  return table.concat(parts) .. s:sub(at)
end

local function escaped(s, pattern)
  s = s:gsub(pattern, function(c) return ESCAPES[c] or hex(c) end)
  if s:find "[\x80-\xff]" then
    s = with_escaped_bytes(s)
    for _, unseen in ipairs(UNSEEN) do s = s:gsub(unseen, as_code) end
  end
  return s
end

-- The text in quotes, in one line that no terminal acts on.
---@param s string
---@return string
function printed_text.quoted(s) return '"' .. escaped(s, '[%c\\"]') .. '"' end

-- The text in one line that no terminal acts on, for a cell of a table.
---@param s string
---@return string
function printed_text.line(s) return escaped(s, "%c") end

-- Numbers ------------------------------------------------------------------------------------

-- The shortest digits that read back; a float looks like one.
---@param v number
---@return string
function printed_text.number(v)
  if math.type(v) == "integer" then return tostring(v) end
  if v ~= v then return "nan" end
  local text
  for digits = 15, 17 do
    text = string.format("%." .. digits .. "g", v)
    if tonumber(text) == v then break end
  end
  return text:find "^-?%d+$" and text .. ".0" or text
end

-- Functions and objects ----------------------------------------------------------------------

---@param f function
---@return string "function (In[3]:1)"
function printed_text.of_function(f)
  local info = debug.getinfo(f, "S")
  if info.what == "C" then return "function (in C)" end
  return string.format("function (%s:%d)", info.short_src, info.linedefined)
end

-- What a value is, without a call of its metamethods: "table", "svm", "coroutine".
---@param v any
---@return string
function printed_text.kind(v)
  local meta = debug.getmetatable(v)
  local name = type(meta) == "table" and rawget(meta, "__name")
  return type(name) == "string" and name or type(v) == "thread" and "coroutine" or type(v)
end

-- The text of a value that has __tostring, or else what it is.
---@param v any
---@return string
function printed_text.object(v)
  local meta = debug.getmetatable(v)
  local has_text = type(meta) == "table" and rawget(meta, "__tostring") ~= nil
  if not has_text then
    if type(v) ~= "thread" then return "<" .. printed_text.kind(v) .. ">" end
    return string.format("<coroutine, %s>", coroutine.status(v))
  end
  local ok, text = pcall(tostring, v)
  if ok then return text end
  return string.format("<%s; its __tostring failed: %s>", printed_text.kind(v),
    type(text) == "string" and text or printed_text.kind(text))
end

return printed_text

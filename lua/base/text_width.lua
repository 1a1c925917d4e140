-- text_width: how many columns of a terminal a text takes, and texts cut to so many.
--
-- A text is one line; on a terminal it is clean, printable UTF-8 as terminal.line makes it.
-- Of a text that is no UTF-8 each byte counts as a column.  Sequences of several code
-- points that a terminal may join (flags, families) are counted one by one.

local text_width = {}

-- Code points that take no column (combining, joiners) and those that take two
-- (East Asian wide, emoji): first and last of each range, in order.
local ZERO <const> = { 0x300, 0x36F, 0x483, 0x489, 0x591, 0x5BD, 0x610, 0x61A, 0x64B, 0x65F, 0x6D6, 0x6DC, 0x6DF, 0x6E4,
  0x900, 0x902, 0x93C, 0x93C, 0x941, 0x948,
  0x94D, 0x94D, 0xE31, 0xE31, 0xE34, 0xE3A, 0xE47, 0xE4E, 0x1AB0, 0x1AFF, 0x1DC0, 0x1DFF, 0x200B, 0x200F, 0x202A,
  0x202E, 0x2060, 0x2064, 0x20D0, 0x20F0,
  0xFE00, 0xFE0F, 0xFE20, 0xFE2F, 0xFEFF, 0xFEFF, 0xE0100, 0xE01EF }
local TWO <const> = { 0x1100, 0x115F, 0x231A, 0x231B, 0x23E9, 0x23EC, 0x25FD, 0x25FE, 0x2614, 0x2615, 0x2648, 0x2653,
  0x26A1, 0x26A1, 0x26BD, 0x26BE, 0x2705, 0x2705,
  0x274C, 0x274C, 0x2753, 0x2755, 0x2795, 0x2797, 0x2B50, 0x2B50, 0x2E80, 0x303E, 0x3041, 0x33FF, 0x3400, 0x4DBF,
  0x4E00, 0x9FFF, 0xA000, 0xA4CF, 0xA960, 0xA97F,
  0xAC00, 0xD7A3, 0xF900, 0xFAFF, 0xFE30, 0xFE6F, 0xFF00, 0xFF60, 0xFFE0, 0xFFE6, 0x1F18E, 0x1F18E, 0x1F191, 0x1F19A,
  0x1F1E6, 0x1F1FF, 0x1F200, 0x1F2FF,
  0x1F300, 0x1F64F, 0x1F680, 0x1F6FF, 0x1F7E0, 0x1F7EB, 0x1F900, 0x1F9FF, 0x1FA70, 0x1FAFF, 0x20000, 0x3FFFD }

local function among(ranges, code)
  if code < ranges[1] then return false end
  local low, high = 1, #ranges // 2
  while low <= high do
    local middle = (low + high) // 2
    if code < ranges[2 * middle - 1] then high = middle - 1
    elseif code > ranges[2 * middle] then low = middle + 1
    else return true end
  end
  return false
end

local function of_code(code)
  if code < 0x300 then return 1 end
  return among(ZERO, code) and 0 or among(TWO, code) and 2 or 1
end

-- The columns of a text.
---@param text string
---@return integer
function text_width.width(text)
  if not text:find "[\x80-\xff]" or not utf8.len(text) then return #text end
  local n = 0
  for _, code in utf8.codes(text) do n = n + of_code(code) end
  return n
end

-- The beginning of a text, at most so many bytes, that ends where a character ends.
---@param text string
---@param most integer
---@return string
function text_width.head(text, most)
  if #text <= most then return text end
  local at = most + 1
  while at > 1 and most - at < 3 and text:find("^[\x80-\xbf]", at) do at = at - 1 end
  -- more bytes like these are no UTF-8, whose characters have four at most
  if text:find("^[\x80-\xbf]", at) then at = most + 1 end
  return text:sub(1, at - 1)
end

-- The end of a text, at most so many bytes, that begins where a character begins.
---@param text string
---@param most integer
---@return string
function text_width.tail(text, most)
  if #text <= most then return text end
  local tail = text:sub(-most)
  local skipped = #tail:match "^[\x80-\xbf]*"
  return skipped < 4 and tail:sub(skipped + 1) or tail
end

-- The text in at most so many bytes, with "..." for what is left off.
---@param text string
---@param most integer
---@return string
function text_width.shorten(text, most)
  return #text > most and text_width.head(text, most - 3) .. "..." or text
end

-- The text in at most so many columns, with "…" for what is left off.
---@param text string
---@param most integer
---@return string
function text_width.cut(text, most)
  if text_width.width(text) <= most then return text end
  if most < 1 then return "" end
  if not utf8.len(text) then return text:sub(1, most - 1) .. "…" end
  local n = 0
  for at, code in utf8.codes(text) do
    n = n + of_code(code)
    if n > most - 1 then return text:sub(1, at - 1) .. "…" end
  end
  return text
end

-- The text in exactly so many columns.
---@param text string
---@param wide integer
---@param right boolean? stands to the right
---@return string
function text_width.fit(text, wide, right)
  text = text_width.cut(text, wide)
  local blanks = (" "):rep(wide - text_width.width(text))
  return right and blanks .. text or text .. blanks
end

return text_width

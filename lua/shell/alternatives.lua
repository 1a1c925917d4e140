-- alternatives: the ways in which a word of the shell may come out.
--
-- A value is { text, glob, ours }: glob where the text is a pattern of file names ("names":
-- one of the names that a pattern stood for), ours where rille or the shell gives the path.
-- One alternative is a list of values, the fields that the word becomes; `closed` says
-- that its last field has ended.

local alternatives = {}

function alternatives.is_pattern(text) return text:find "[*?%[]" ~= nil end

-- The value, no pattern where it only has a bracket that nothing closes.
function alternatives.without_open_bracket(value)
  if value.glob and not value.text:find "[*?]" and not value.text:find "%[.+%]" then
    value.glob = value.glob == "names" and "names" or nil
  end
  return value
end

-- Adds a value to a list that has each once.
function alternatives.add(list, value)
  for _, one in ipairs(list) do
    if one.text == value.text and one.glob == value.glob and one.ours == value.ours then return end
  end
  list[#list + 1] = value
end

-- The glob of two pieces together.
local function joined_glob(a, b) return (a == "names" or b == "names") and "names" or a or b end

-- The fields of an alternative as one value.
function alternatives.joined(fields)
  local texts, glob, ours = {}, nil, nil
  for i, one in ipairs(fields) do texts[i], glob, ours = one.text, joined_glob(glob, one.glob), ours or one.ours end
  return { text = table.concat(texts, " "), glob = glob, ours = ours }
end

-- Appends a piece of text to the fields, split at blanks when it is not quoted.
local function append(fields, value, splits)
  local function put(text)
    local last = fields[#fields]
    if not last or fields.closed then
      last = { text = "" }
      fields[#fields + 1], fields.closed = last, false
    end
    last.text = last.text .. text
    last.glob = joined_glob(last.glob, value.glob) or (splits and alternatives.is_pattern(text)) or nil
    last.ours = last.ours or value.ours
  end
  if not splits then return put(value.text) end
  if value.text:find "^%s" and #fields > 0 then fields.closed = true end
  for word, blank in value.text:gmatch "(%S+)(%s*)" do
    put(word)
    if blank ~= "" then fields.closed = true end
  end
end

local function copied(fields)
  local list = { closed = fields.closed }
  for i, one in ipairs(fields) do list[i] = { text = one.text, glob = one.glob, ours = one.ours } end
  return list
end

-- The alternatives that there are when each of the values may follow each of those so far.
---@param list table[] alternatives
---@param values table[]
---@param splits boolean blanks in a value end a field
---@return table[]
function alternatives.multiply(list, values, splits)
  local longer_list = {}
  for _, fields in ipairs(list) do
    for _, value in ipairs(values) do
      local longer = copied(fields)
      append(longer, value, splits)
      longer_list[#longer_list + 1] = longer
    end
  end
  return longer_list
end

-- Appends $@ to each alternative: its fields stay apart.
function alternatives.append_arguments(list, arguments)
  for _, fields in ipairs(list) do
    for i, one in ipairs(arguments) do
      if i > 1 then fields.closed = true end
      append(fields, one, false)
    end
  end
end

return alternatives

-- braces: brace expansion: a{b,c} is ab ac, {1..3} is 1 2 3.

local braces = {}

-- Where the part that begins at i ends, when it is quoted or an expansion; nil for
-- a plain character.
local function after_quoted(text, i)
  local c = text:sub(i, i)
  if c == "\\" then return i + 2 end
  if c == "'" then return (text:find("'", i + 1, true) or #text) + 1 end
  if c == '"' then
    i = i + 1
    while i <= #text and text:sub(i, i) ~= '"' do i = i + (text:sub(i, i) == "\\" and 2 or 1) end
    return i + 1
  end
  if c == "$" then
    local braced = text:match("^%$%b{}()", i) or text:match("^%$%b()()", i)
    return braced
  end
end

-- The alternatives of the braces that open at i, and where they end; nil: none.
local function alternatives(text, i)
  local list, from, depth, at = {}, i + 1, 0, i + 1
  while at <= #text do
    local after = after_quoted(text, at)
    local c = text:sub(at, at)
    if after then at = after
    elseif c == "," and depth == 0 then
      list[#list + 1] = text:sub(from, at - 1)
      from, at = at + 1, at + 1
    elseif c == "}" and depth == 0 then
      list[#list + 1] = text:sub(from, at - 1)
      if #list > 1 then return list, at + 1 end
      local a, b = list[1]:match "^(%-?%d+)%.%.(%-?%d+)$"
      local low, high = math.tointeger(tonumber(a)), math.tointeger(tonumber(b))
      if not low or math.abs(high - low) > 256 then return nil end
      list = {}
      for n = low, high, low <= high and 1 or -1 do
        list[#list + 1] = string.format("%0" .. (a:find "^%-?0%d" and #a or 1) .. "d", n)
      end
      return list, at + 1
    else
      depth = depth + (c == "{" and 1 or c == "}" and -1 or 0)
      at = at + 1
    end
  end
end

-- The texts that braces make of a word's text, itself when there are none; nil when
-- there are more than `most`, or they are of a kind not read here ({a..z}).
---@param text string
---@param most integer
---@return string[]?
function braces.expand(text, most)
  local i = 1
  while i <= #text do
    local after = after_quoted(text, i)
    if after then i = after
    elseif text:sub(i, i) == "{" then
      local list, ending = alternatives(text, i)
      if list then
        local all = {}
        for _, one in ipairs(list) do
          local inner = braces.expand(text:sub(1, i - 1) .. one .. text:sub(ending), most)
          if not inner or #all + #inner > most then return nil end
          table.move(inner, 1, #inner, #all + 1, all)
        end
        return all
      end
      if text:find("^{[^{},]*%.%.[^{},]*}", i) then return nil end
      i = i + 1
    else
      i = i + 1
    end
  end
  return { text }
end

return braces

-- text_numbers: why a column of strings is not one of numbers, for messages.

local text_numbers = {}

-- What data sets write for "no value".
local MISSING <const> = { ["NA"] = true, ["N/A"] = true, ["n/a"] = true, ["#N/A"] = true, ["na"] = true,
  ["NULL"] = true,
  ["null"] = true, ["None"] = true, ["none"] = true, ["-"] = true, ["--"] = true, [".."] = true, ["."] = true,
  ["?"] = true, ["*"] = true, ["<NA>"] = true, ["nil"] = true, ["missing"] = true, ["#DIV/0!"] = true }

local function plain(text)
  if text:find "[^%d%.eE+-]" or text:find "^[+-]?0%d" then return nil end
  return tonumber(text)
end

local function is_grouped(text) return text:find "^[+-]?%d%d?%d?[,.' ]%d%d%d" ~= nil end

-- "1234,5" and "1.234,5"
local function with_comma(text)
  local whole, fraction = text:match "^([^,]*),(%d+)$"
  whole = whole or text
  if is_grouped(whole) then whole = whole:gsub("%.(%d%d%d)", "%1") end
  return not whole:find(".", 1, true) and plain(whole .. "." .. (fraction or "0"))
end

-- "1,234.5"
local function with_groups(text)
  if is_grouped(text) then text = text:gsub(",(%d%d%d)", "%1") end
  return plain(text)
end

local function trimmed(text) return (text:match "^%s*(.-)%s*$") end

-- Whether all values are numbers by the function but for missing ones, and those by their spelling.
local function read(values, number)
  local found, spellings, seen = false, {}, {}
  for _, text in ipairs(values) do
    local v = trimmed(text)
    if MISSING[v] then
      if not seen[text] then seen[text], spellings[#spellings + 1] = true, text end
    elseif v ~= "" then
      if not number(v) then return false end
      found = true
    end
  end
  return found, spellings
end

local function missing_option(spellings)
  local quoted = {}
  for i, text in ipairs(spellings) do quoted[i] = string.format("%q", text) end
  if #quoted == 0 then return nil end
  return "missing = " .. (#quoted == 1 and quoted[1] or "{ " .. table.concat(quoted, ", ") .. " }")
end

-- Do the values have dots or blanks between groups?
local function has_dots(values)
  for _, text in ipairs(values) do if text:find "%d%.%d%d%d" then return true end end
  return false
end

local FORMS <const> = {
  { plain, function() return {} end },
  { with_groups, function() return { 'thousands = ","' } end },
  { with_comma, function(values) return { 'decimal = ","', has_dots(values) and 'thousands = "."' or nil } end },
}

-- The options of csv.read that make the column one of numbers, 'missing = "NA"', or nil.
---@param values string[]
---@return string?
function text_numbers.options(values)
  for _, form in ipairs(FORMS) do
    local ok, spellings = read(values, form[1])
    if ok then
      local options = form[2](values)
      options[#options + 1] = missing_option(spellings)
      return #options > 0 and table.concat(options, ", ") or nil
    end
  end
  return nil
end

-- The same as "; ..." for a message, or "".
---@param values string[]
---@return string
function text_numbers.hint(values)
  local options = text_numbers.options(values)
  return options and "; csv.read(path, { " .. options .. " }) reads it as numbers" or ""
end

return text_numbers

-- signature_change: how the signature of a version differs from that of the one before it, for those who send rows.
--
--   signature_change.text(before, now) -> "without width; new: depth; height is a string, was f64"; nil: it does not

local signature_change = {}

local MOST <const> = 5              -- names in a text

local function by_name(signature)
  local columns = {}
  for _, c in ipairs(signature.columns or {}) do columns[c.name] = c end
  return columns
end

local function add(parts, head, list)
  if not list[1] then return end
  local more = #list > MOST and string.format(" and %d more", #list - MOST) or ""
  parts[#parts + 1] = head .. table.concat(list, ", ", 1, math.min(#list, MOST)) .. more
end

-- Of what a row holds, without names.
local function shape(signature)
  if signature.columns then return "columns with names" end
  return string.format("%d numbers a row", signature.width)
end

---@param before Signature
---@param now Signature
---@return string?
function signature_change.text(before, now)
  if not before.columns or not now.columns then
    local is, was = shape(now), shape(before)
    return is ~= was and string.format("%s, was %s", is, was) or nil
  end
  local old, new, parts = by_name(before), by_name(now), {}
  local gone, added, other = {}, {}, {}
  for _, c in ipairs(before.columns) do if not new[c.name] then gone[#gone + 1] = c.name end end
  for _, c in ipairs(now.columns) do
    local was = old[c.name]
    if not was then added[#added + 1] = c.name
    elseif was.dtype ~= c.dtype then
      other[#other + 1] = string.format("%s is %s, was %s", c.name, c.dtype, was.dtype)
    elseif was.missing and not c.missing then other[#other + 1] = c.name .. " may not be missing" end
  end
  add(parts, "without ", gone)
  add(parts, "new: ", added)
  add(parts, "", other)
  return parts[1] and table.concat(parts, "; ") or nil
end

return signature_change

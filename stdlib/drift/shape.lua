-- shape: is a table that was read the data of a report?
--
-- A shape is the name of a type, "list TYPE", or a table of the shapes of its fields; a ? makes a field optional.

local shape = {}

local SIDE <const> = { kind = "string", dtype = "string", count = "integer", missing = "integer",
  infinite = "integer?", blank = "integer?", distinct = "integer?", once = "integer?", least = "integer?",
  mean = "number?", std = "number?", min = "any?", max = "any?", median = "any?", q05 = "number?",
  q25 = "number?", q75 = "number?", q95 = "number?" }
local COUNTS <const> = { reference = "list integer", current = "list integer", labels = "list string?",
  edges = "list number?", low = "number?", high = "number?", below = "boolean?", above = "boolean?" }
local RECORD <const> = { kind = "string", reference = SIDE, current = { optional = SIDE },
  judged = "boolean", note = "string?",
  type = { optional = { reference = "string", current = "string", wrong = "integer?", row = "integer?",
    text = "string?" } },
  new = { optional = { values = "list string", distinct = "integer", rows = "integer", p = "number?" } },
  corrected = { optional = { drift = "number?", new = "number?", missing = "number?" } },
  bins = { optional = COUNTS }, drawing = { optional = COUNTS },
  psi = "number?", psi_p = "number?", chi_square = "number?", chi_square_p = "number?", dof = "integer?",
  jensen_shannon = "number?", ks = "number?", ks_p = "number?", ks_exact = "boolean?", wasserstein = "number?",
  wasserstein_std = "number?", p = "number?", missing_p = "number?" }
local REPORT <const> = { format = "string", rows = { reference = "integer", current = "integer" },
  order = "list string", columns = "any", absent = "list string", added = "list string",
  settings = { bins = "integer", max_categories = "integer" },
  limits = { missing = "any", types = "boolean", columns = "boolean", added = "boolean", categories = "any",
    drift = "boolean", alpha = "number", psi = "number" } }

local fits

local function fits_list(v, kind)
  if type(v) ~= "table" then return false end
  local n = 0
  for _ in next, v do n = n + 1 end
  for i = 1, n do if not fits(v[i], kind) then return false end end
  return true
end

function fits(v, wanted)
  if type(wanted) == "table" then
    if wanted.optional then return v == nil or fits(v, wanted.optional) end
    if type(v) ~= "table" then return false end
    for name in next, v do if wanted[name] == nil then return false, name end end
    for name, one in next, wanted do
      local ok, where = fits(v[name], one)
      if not ok then return false, where and name .. "." .. where or name end
    end
    return true
  end
  local kind, optional = wanted:match "^(.-)(%??)$"
  if v == nil then return optional == "?" end
  local element = kind:match "^list (%a+)$"
  if element then return fits_list(v, element) end
  return kind == "any" and (type(v) ~= "table" or wanted == "any") or kind == math.type(v) or kind == type(v)
end

-- Lists that belong together have one length.
local function counts_agree(one)
  local n = one and #one.reference
  return not one or n > 0 and n == #one.current and (not one.labels or n == #one.labels)
    and (one.labels ~= nil or one.edges ~= nil and #one.edges == n - 1 or one.low ~= nil and one.high ~= nil)
end

-- What is wrong with the table, or nil.
---@param v any
---@return string?
function shape.wrong(v)
  local ok, where = fits(v, REPORT)
  if not ok then return where and tostring(where) or "it is not a table" end
  if type(v.columns) ~= "table" then return "columns" end
  local n = 0
  for name, record in next, v.columns do
    ok, where = fits(record, RECORD)
    if not ok then return tostring(name) .. (where and "." .. tostring(where) or "") end
    if not counts_agree(record.bins) or not counts_agree(record.drawing) then return tostring(name) .. ".bins" end
    if record.judged and not record.current then return tostring(name) .. ".current" end
    n = n + 1
  end
  for _, name in ipairs(v.order) do if not v.columns[name] then return "order" end end
  return n ~= #v.order and "order" or nil
end

return shape

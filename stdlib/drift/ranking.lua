-- ranking: the columns of a report, the worst first, each with what is to be said of it.
--
--   { { name =, record =, findings = { ... }, verdict = "drift", level = "bad" | "good" | "aside" }, ... }

local gate = require "rille.drift.gate"

local ranking = {}

local WORDS <const> = { absent = "absent", type = "type", missing = "missing", category = "new", drift = "drift" }

local function verdict_of(record, findings)
  if findings[1] then return WORDS[findings[1].kind], "bad" end
  if record.judged then return "ok", "good" end
  return (record.kind == "date" or record.kind == "text") and "skipped" or "too few", "aside"
end

-- Less is worse.
local function weight_of(one)
  if one.findings[1] then return gate.WEIGHT[one.findings[1].kind] end
  return one.record.judged and 7 or 8
end

local function p_of(one)
  local corrected = one.record.corrected
  return corrected and corrected.drift or 2
end

---@param report drift.Report
---@return table[] ranked, table[] findings
function ranking.of(report)
  local findings, by_name, list = gate.findings(report.limits, report), {}, {}
  for _, found in ipairs(findings) do
    if found.column then
      by_name[found.column] = by_name[found.column] or {}
      table.insert(by_name[found.column], found)
    end
  end
  for i, name in ipairs(report.order) do
    local one = { name = name, place = i, record = report.columns[name], findings = by_name[name] or {} }
    one.verdict, one.level = verdict_of(one.record, one.findings)
    if findings[1] and findings[1].kind == "empty" then one.verdict, one.level = "no rows", "aside" end
    list[i] = one
  end
  table.sort(list, function(a, b)
    local x, y = weight_of(a), weight_of(b)
    if x ~= y then return x < y end
    x, y = p_of(a), p_of(b)
    if x ~= y then return x < y end
    x, y = a.record.psi or 0, b.record.psi or 0
    if x ~= y then return x > y end
    return a.place < b.place
  end)
  return list, findings
end

return ranking

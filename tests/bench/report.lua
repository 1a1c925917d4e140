-- report: the samples of a benchmark as a table, and as JSON.
--
--     rille report.lua SAMPLES RESULTS
--
-- SAMPLES has a line a run, parted by tabs: workload, tool, phase (cold, cached,
-- changed, again), round, milliseconds, KiB.  W3's changed and again are W5.

local json = require "rille.json"

local samples_path, results_path = arg[1], arg[2]

local TITLES <const> = {
  { "W1", "W1  one trivial step" }, { "W2", "W2  a chain of 1,000" }, { "W3", "W3  10,000 independent steps, summed" },
  { "W5", "W5  W3 with one step changed; the same again" }, { "W6t", "W6  200 times /bin/true, -j2" },
  { "W6s", "W6  200 times sha256sum of 1 MB, -j2" },
  { "W3big", "W3  100,000 independent steps, summed" },
}
local TOOLS <const> = { "rille", "ninja", "make", "doit", "joblib" }

local function median(sorted)
  local n = #sorted
  if n % 2 == 1 then return sorted[n // 2 + 1] end
  return (sorted[n // 2] + sorted[n // 2 + 1]) / 2
end

local function summary(list)
  table.sort(list)
  return { median = median(list), min = list[1], max = list[#list] }
end

-- { [workload] = { [tool] = { [phase] = { ms, kb } } } }
local function read(path)
  local all = {}
  for line in io.lines(path) do
    local workload, tool, phase, ms, kb = line:match "^(%S+)\t(%S+)\t(%S+)\t%d+\t(%S+)\t(%d+)$"
    if phase == "changed" or phase == "again" then
      workload, phase = "W5", phase == "changed" and "cold" or "cached"
    end
    local one = all
    for _, k in ipairs { workload, tool, phase } do
      one[k] = one[k] or {}
      one = one[k]
    end
    one.ms, one.kb = one.ms or {}, one.kb or {}
    table.insert(one.ms, tonumber(ms))
    table.insert(one.kb, tonumber(kb))
  end
  return all
end

local function digest(all)
  for _, tools in next, all do
    for _, phases in next, tools do
      for phase, one in next, phases do
        phases[phase] = { samples = table.move(one.ms, 1, #one.ms, 1, {}), ms = summary(one.ms), kb = summary(one.kb) }
      end
    end
  end
  return all
end

local function number(v)
  if v >= 10000 then return (string.format("%.0f", v):gsub("(%d)(%d%d%d)$", "%1,%2")) end
  return string.format(v < 10 and "%.2f" or v < 100 and "%.1f" or "%.0f", v)
end

local function ratio(v, base) return base and string.format("%.2fx", v / base) or "-" end

-- The median of one cell, or nil.
local function at(all, workload, tool, phase)
  local one = all[workload] and all[workload][tool] and all[workload][tool][phase]
  return one and one.ms.median
end

local function cell(all, workload, tool, phase, width)
  local one = all[workload][tool][phase]
  local format = "%7s %-" .. width .. "s%7s"
  if not one then return string.format(format, "-", "", "") end
  local range = string.format("(%s..%s)", number(one.ms.min), number(one.ms.max))
  return string.format(format, number(one.ms.median), range, ratio(one.ms.median, at(all, workload, "ninja", phase)))
end

local function table_of(all)
  local lines = {}
  for _, row in ipairs(TITLES) do
    local workload, title = row[1], row[2]
    if all[workload] then
      lines[#lines + 1] = ""
      lines[#lines + 1] = title
      lines[#lines + 1] = string.format("%-8s%7s %-18s%7s %7s %-15s%7s%5s", "", "cold ms", "", "/ninja", "cached", "",
        "/ninja", "MB")
      for _, tool in ipairs(TOOLS) do
        local one = all[workload][tool]
        if one then
          local kb = math.max(one.cold.kb.median, one.cached and one.cached.kb.median or 0)
          lines[#lines + 1] = string.format("  %-6s%s %s%5.0f", tool, cell(all, workload, tool, "cold", 18),
            cell(all, workload, tool, "cached", 15), kb / 1024)
        end
      end
    end
  end
  return lines
end

-- A target: what is measured, its unit or what it is divided by, the bound and
-- the stretch (nil where there is none; 0.999 stands for "below").
local function targets_of(all)
  local function rille(workload, phase) return at(all, workload, "rille", phase) end
  local function by_ninja(workload, phase)
    local mine, other = rille(workload, phase), at(all, workload, "ninja", phase)
    return mine and other and mine / other
  end
  local function by_own(phase)
    local big, small = rille("W3big", phase), rille("W3", phase)
    return big and small and big / small
  end
  local big = all.W3big and all.W3big.rille
  local megabytes = big and math.max(big.cold.kb.max, big.cached.kb.max) / 1024
  return {
    { "W1 cold", rille("W1", "cold"), "ms", 10, 5 },
    { "W1 cached", rille("W1", "cached"), "ms", 5, 2 },
    { "W2 cold", by_ninja("W2", "cold"), "of ninja's", 0.25, 0.1 },
    { "W2 cached", rille("W2", "cached"), "ms", 25, 10 },
    { "W3 cold", by_ninja("W3", "cold"), "of ninja's", 0.35, 0.1 },
    { "W3 cached", by_ninja("W3", "cached"), "of ninja's", 5, 1 },
    { "W5", by_ninja("W5", "cold"), "of ninja's", 1.3, 0.5 },
    { "W6 /bin/true", by_ninja("W6t", "cold"), "of ninja's", 1.1 },
    { "W6 sha256sum", by_ninja("W6s", "cold"), "of ninja's", 1.1 },
    { "W3 100,000 cold", by_own "cold", "of 10,000", 15 },
    { "W3 100,000 cached", by_own "cached", "of 10,000", 15 },
    { "W3 100,000 memory", megabytes, "MB", 400 },
  }
end

local function verdict(found, bound, stretch)
  if not found then return "not measured" end
  if stretch and found <= stretch then return "met, stretch too" end
  if found <= bound then return stretch and "met, not the stretch" or "met" end
  return "missed"
end

local function targets_table(targets)
  local lines = { "", string.format("%-20s%9s%9s%10s  %-11s %s", "target", "bound", "stretch", "found", "", "") }
  for _, one in ipairs(targets) do
    local name, found, unit, bound, stretch = table.unpack(one, 1, 5)
    lines[#lines + 1] = string.format("%-20s%9s%9s%10s  %-11s %s", name, bound, stretch or "", found and number(found)
      or "-", unit,
      verdict(found, bound, stretch))
  end
  return lines
end

local function as_json(all, targets)
  local list, judged = {}, {}
  for workload, tools in next, all do
    for tool, phases in next, tools do
      for phase, one in next, phases do
        list[#list + 1] = { workload = workload, tool = tool, phase = phase, ms = one.ms, kb = one.kb,
          samples = json.array(one.samples) }
      end
    end
  end
  local function name(one) return one.workload .. " " .. one.tool .. " " .. one.phase end
  table.sort(list, function(a, b) return name(a) < name(b) end)
  for i, one in ipairs(targets) do
    judged[i] = { target = one[1], found = one[2] or json.null, unit = one[3], bound = one[4], stretch = one[5]
      or json.null,
      verdict = verdict(one[2], one[4], one[5]) }
  end
  return json.encode { results = json.array(list), targets = json.array(judged), at = os.date "!%Y-%m-%dT%H:%M:%SZ" }
end

local all = digest(read(samples_path))
local targets = targets_of(all)
local runs = all.W1 and #all.W1.rille.cold.samples or 0
print(string.format("Median wall time of whole processes, rounds: %d (least..most); a process that does\nnothing "
  .. "takes %s ms; MB is the largest process.",
  runs, number(at(all, "start", "true", "cold") or 0)))
for _, line in ipairs(table_of(all)) do print(line) end
for _, line in ipairs(targets_table(targets)) do print((line:gsub("%s+$", ""))) end
local file <close> = assert(io.open(results_path, "w"))
assert(file:write(as_json(all, targets), "\n"))

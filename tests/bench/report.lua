-- report: the samples of a benchmark as a table, and as JSON.
--
--     rille report.lua SAMPLES RESULTS [COUNTS]
--
-- SAMPLES has a line a run, parted by tabs: workload, tool, phase (cold, cached,
-- changed, again), round, milliseconds, KiB.  W3's changed and again are W5.
-- COUNTS has the instructions that the script counts left: workload, phase, steps, memos, millions of rille's own
-- process, millions of its workers.

local json = require "rille.json"

local samples_path, results_path, counts_path = arg[1], arg[2], arg[3]

local TITLES <const> = {
  { "W1", "W1  one trivial step" }, { "W2", "W2  a chain of 1,000" }, { "W3", "W3  10,000 independent steps, summed" },
  { "W5", "W5  W3 with one step changed; the same again" }, { "W6t", "W6  200 times /bin/true, -j2" },
  { "W6s", "W6  200 times sha256sum of 1 MB, -j2" },
  { "W3big", "W3  100,000 independent steps, summed" }, { "W3huge", "W3  300,000 independent steps, summed" },
}
local TOOLS <const> = { "rille", "inline", "ninja", "make", "doit", "joblib", "snakemake" }

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
      lines[#lines + 1] = string.format("%-11s%7s %-18s%7s %7s %-15s%7s%5s", "", "cold ms", "", "/ninja", "cached", "",
        "/ninja", "MB")
      local most = #(all[workload].rille or select(2, next(all[workload]))).cold.samples
      for _, tool in ipairs(TOOLS) do
        local one = all[workload][tool]
        if one then
          local kb = math.max(one.cold.kb.median, one.cached and one.cached.kb.median or 0)
          lines[#lines + 1] = string.format("  %-9s%s %s%5.0f%s", tool, cell(all, workload, tool, "cold", 18),
            cell(all, workload, tool, "cached", 15), kb / 1024,
            #one.cold.samples < most and "  rounds: " .. #one.cold.samples or "")
        end
      end
    end
  end
  return lines
end

-- The rows of COUNTS: { [workload .. " " .. phase .. " " .. steps] = { own, workers } }, both memos in use.
local function read_counts(path)
  local counts = {}
  for line in path and path ~= "" and io.lines(path) or function() end do
    local workload, phase, steps, memos, own, workers = line:match "^(.-)\t(.-)\t(.-)\t(.-)\t(.-)\t(.-)$"
    if memos == "on" then
      counts[workload .. " " .. phase .. " " .. steps] = { own = tonumber(own), workers = tonumber(workers) }
    end
  end
  return counts
end

-- A target: its name, what was found, its unit or what it is divided by, the bound, the key of its instructions.
local function targets_of(all, counts)
  local function by(workload, phase, tool)
    local mine, other = at(all, workload, "rille", phase), at(all, workload, tool, phase)
    return mine and other and mine / other
  end
  local function millions(key) return counts[key] and counts[key].own end
  local big, step = all.W3big and all.W3big.rille, millions "W3 cold 10000"
  local megabytes = big and math.max(big.cold.kb.max, big.cached.kb.max) / 1024
  return {
    { "W1 cached", by("W1", "cached", "ninja"), "of ninja's", 1.2, "W1 cached 1" },
    { "W2 cached", by("W2", "cached", "ninja"), "of ninja's", 0.5, "W2 cached 1000" },
    { "W3 cached", by("W3", "cached", "ninja"), "of ninja's", 0.5, "W3 cached 10000" },
    { "W3 100,000 cached", by("W3big", "cached", "ninja"), "of ninja's", 0.1, "W3 cached 100000" },
    { "W5", by("W5", "cold", "ninja"), "of ninja's", 0.4, "W3 changed 10000" },
    { "W6 /bin/true", by("W6t", "cold", "ninja"), "of ninja's", 0.6 },
    { "W6 sha256sum", by("W6s", "cold", "ninja"), "of ninja's", 0.8 },
    { "W2 cold", by("W2", "cold", "inline"), "of inline's", 1.5, "W2 cold 1000" },
    { "W3 100,000 memory", megabytes, "MB", 250 },
    { "rille version", millions "start version 1", "million", 3 },
    { "rille -e ''", millions "start -e '' 1", "million", 5 },
    { "rille runs", millions "start runs 1", "million", 6 },
    { "W1 cached", millions "W1 cached 1", "million", 8 },
    { "W3 cold, a step", step and step * 1000 / 10000, "thousand", 150, "W3 cold 10000" },
  }
end

local function verdict(found, bound)
  if not found then return "not measured" end
  return found <= bound and "met" or "missed"
end

local function targets_table(targets, counts)
  local lines = { "", string.format("%-20s%8s%9s  %-12s%-13s %s", "target", "bound", "found", "", "",
    next(counts) and "million instructions" or "") }
  for _, one in ipairs(targets) do
    local name, found, unit, bound, key = table.unpack(one, 1, 5)
    local count = key and counts[key]
    lines[#lines + 1] = string.format("%-20s%8s%9s  %-12s%-13s %s", name, bound, found and number(found) or "-", unit,
      verdict(found, bound), count and (number(count.own)
        .. (count.workers > 0 and " + " .. number(count.workers) .. " of workers" or "")) or "")
  end
  return lines
end

-- Is it linear?  What a step costs with more and more of them.
local function growth_table(all)
  local lines = { "", string.format("%-12s%16s%18s%8s", "W3, steps", "cold, us a step", "cached, us a step", "MB") }
  for _, row in ipairs { { "W3", 10000, "10,000" }, { "W3big", 100000, "100,000" }, { "W3huge", 300000, "300,000" } } do
    local one = all[row[1]] and all[row[1]].rille
    if one then
      lines[#lines + 1] = string.format("%-12s%16.1f%18.2f%8.0f", row[3], one.cold.ms.median * 1000 / row[2],
        one.cached.ms.median * 1000 / row[2], math.max(one.cold.kb.max, one.cached.kb.max) / 1024)
    end
  end
  return #lines > 3 and lines or {}
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
    judged[i] = { target = one[1], found = one[2] or json.null, unit = one[3], bound = one[4],
      verdict = verdict(one[2], one[4]) }
  end
  return json.encode { results = json.array(list), targets = json.array(judged), at = os.date "!%Y-%m-%dT%H:%M:%SZ" }
end

local all, counts = digest(read(samples_path)), read_counts(counts_path)
local targets = targets_of(all, counts)
local runs = all.W1 and all.W1.rille and #all.W1.rille.cold.samples or 0
print(string.format("Median wall time of whole processes, rounds: %d (least..most); a process that does\nnothing "
  .. "takes %s ms; MB is the largest process.", runs, number(at(all, "start", "true", "cold") or 0)))
for _, lines in ipairs { table_of(all), growth_table(all), targets_table(targets, counts) } do
  for _, line in ipairs(lines) do print((line:gsub("%s+$", ""))) end
end
local file <close> = assert(io.open(results_path, "w"))
assert(file:write(as_json(all, targets), "\n"))

-- Runs as event files of TensorBoard, read back by a reader that knows the published format alone.
package.path = "../../../../lib/?.lua;" .. package.path
local check = require "check"
local event_reader = require "event_reader"
local scratch = require "scratch"
local sys = require "rille.host.sys"
local tracked_project = require "tracked_project"

-- The events of a folder, file by file in the order of their names, and the names.
local function events_of(p, folder)
  local names, all = sys.list(p:path(folder)), {}
  table.sort(names)
  for i, name in ipairs(names) do
    check.ok(name:find "^events%.out%.tfevents%.%d+%.[%w_.-]+%.%d+%.%d+%.%x+$", name)
    all[i] = event_reader.events(p:read(folder .. "/" .. name))
    check.eq({ all[i][1].version, #all[i][1].values }, { "brain.Event:2", 0 })
  end
  return all, names
end

-- { [tag] = { { step, number }... } }, and the texts.
local function values_of(files)
  local numbers, texts = {}, {}
  for _, events in ipairs(files) do
    for _, event in ipairs(events) do
      for _, v in ipairs(event.values) do
        if v.text then texts[v.tag] = v.text
        else
          numbers[v.tag] = numbers[v.tag] or {}
          table.insert(numbers[v.tag], { event.step, v.number })
        end
      end
    end
  end
  return numbers, texts
end

check.test("a run is a folder whose files have its metrics by step, and its parameters as a table", function()
  local p <close> = tracked_project "tensorboard"
  p:ok "run main.lua --name first"
  local files = events_of(p, "tensorboard/first")
  local numbers, texts = values_of(files)
  check.eq(numbers["train/accuracy"], { { 0, 0.5 } })
  check.eq({ numbers["train/loss"][1], numbers["train/loss"][2] }, { { 10, 1.0 }, { 20, 0.5 } })
  check.eq(numbers["train/odd:name[1]"][3], { 30, 3.0 })
  for _, line in ipairs { "| pipeline | main |", "| status | completed |", "| depth | 3 |", "| train/seed | 7 |" } do
    check.has(texts.parameters, line)
  end
end)

check.test("a cached run has the same values", function()
  local p <close> = tracked_project "tensorboard"
  p:ok "run main.lua --name first"
  p:ok "run main.lua --name second"
  check.eq((values_of(events_of(p, "tensorboard/second"))), (values_of(events_of(p, "tensorboard/first"))))
end)

check.test("a run that goes on gets another file every few seconds; written again it begins anew", function()
  local p <close> = scratch.new()
  local flavor = require "rille.stack.flavor.experiment_tracker.tensorboard"
  local tracker = flavor.open({ path = "" }, { path = function() return p:path "tensorboard" end })
  local run = { id = "0123456789abcdef", name = "r", pipeline = "p", started = 1000.0, params = {},
    status = "completed" }
  local function step(id, value)
    return { id = id, params = {}, logged = {}, metrics = { loss = value }, series = {}, started = 1001.0,
      seconds = 0.5 }
  end
  local mono, now = sys.mono, 0.0
  sys.mono = function() return now end
  local ok, message = pcall(function()
    tracker:run_begin(run)
    for i = 1, 4 do
      now = now + 3
      tracker:step_end(step("s" .. i, i))
    end
    tracker:run_end(run)
  end)
  sys.mono = mono
  check.ok(ok, message)
  local files, names = events_of(p, "tensorboard/r")
  check.eq(#files, 3)
  local numbers, texts = values_of(files)
  check.eq({ numbers["s1/loss"], numbers["s4/loss"] }, { { { 0, 1.0 } }, { { 0, 4.0 } } })
  check.has(texts.parameters, "| run | r |")
  check.eq({ #files[1], #files[2], #files[3] }, { 3, 3, 2 })
  tracker:run_begin(run)
  tracker:step_end(step("again", 5))
  tracker:run_end(run)
  files = events_of(p, "tensorboard/r")
  check.eq({ #files, files[1][2].status, files[1][2].step }, { 1, 1, 0 })
  check.eq((values_of(files)), { ["again/loss"] = { { 0, 5.0 } } })
  check.ok(names[1] < names[2] and names[2] < names[3])
end)

check.test("tags and texts are UTF-8 whatever the names are", function()
  local p <close> = tracked_project "tensorboard"
  p:write("main.lua", (p:read "main.lua":gsub("ctx:log_params {",
    'ctx:log_metric { ["a\\xff"] = 1 } ctx:log_params { bytes = "\\xff|", long = ("é"):rep(900), ')))
  p:ok "run main.lua --name r"
  local numbers, texts = values_of(events_of(p, "tensorboard/r"))
  check.eq(numbers["train/a\\xff"], { { 0, 1.0 } })
  check.has(texts.parameters, "| train/bytes | \\\\xff\\| |")
  check.has(texts.parameters, ("é"):rep(500) .. "... |")
  for tag in pairs(numbers) do check.ok(utf8.len(tag)) end
  check.ok(utf8.len(texts.parameters))
end)

check.test("a run of a name that another project has gets a folder of its own", function()
  local p <close> = tracked_project("tensorboard", "path: /tmp/rille-shared-events-" .. sys.now())
  local q <close> = tracked_project "tensorboard"
  local config = p:read ".rille/config.yaml"
  local root = config:match "path: (%S+) }"
  q:write(".rille/config.yaml", config)
  p:ok "run main.lua --name same"
  q:ok "run main.lua --name same"
  local names = sys.list(root)
  table.sort(names)
  sys.remove(root)
  check.eq(names, { ".gitignore", "same", "same-2" })
end)

check.done()

-- rille log RUN/STEP, or RUN for all its steps

local history = require "rille.history"
local json = require "rille.json"
local mistake = require "rille.mistake"
local paint = require "rille.paint"
local session = require "rille.session"
local shape = require "rille.shape"

local command = { usage = "log RUN[/STEP] [--json]", min = 1, max = 1 }

local function with_error(text, err)
  if err and err ~= "" then text = text .. (text ~= "" and text:sub(-1) ~= "\n" and "\n" or "") .. err .. "\n" end
  return text
end

local function text_of(step) return with_error(step.log, rawget(step, "row").error) end

-- All attempts, each under a line of its own when there were several.
local function whole_text(step)
  local before = step.attempts
  if #before == 0 then return text_of(step) end
  local parts = {}
  local function head(text) parts[#parts + 1] = paint.in_colour("grey", text) .. "\n" end
  for _, one in ipairs(before) do
    head(string.format("attempt %d, failed after %s", one.number, paint.seconds(one.seconds)))
    parts[#parts + 1] = with_error(one.log or "", one.error)
  end
  head(string.format("attempt %d, %s", #before + 1, step.status))
  parts[#parts + 1] = text_of(step)
  return table.concat(parts)
end

local function print_json(list)
  local items = {}
  for i, step in ipairs(list) do
    local row = rawget(step, "row")
    items[i] = { step = step.id, status = step.status, started = row.started and paint.iso(row.started) or json.null, seconds = row.seconds or json.null,
      cached_from = step.cached_from, log = text_of(step), attempts = #step.attempts > 0 and shape.attempts(step) or nil }
  end
  io.stdout:write(json.encode { items = json.array(items), next = json.null }, "\n")
end

-- "07:43:26, ran in 1.2 ms" or "of a/make"
local function aside_of(step)
  local row = rawget(step, "row")
  if step.cached_from then return "cached, of " .. step.cached_from end
  local at = row.started and os.date("%H:%M:%S", math.floor(row.started)) .. "  " or ""
  return at .. step.status .. (row.seconds and " in " .. paint.seconds(row.seconds) or "")
end

local function print_steps(list, run, only)
  local any = false
  for _, step in ipairs(list) do
    local text = whole_text(step)
    if text ~= "" then
      if not only then
        io.stdout:write(any and "\n" or "", paint.in_colour("bold", "-- " .. step.id), "  ", paint.in_colour("grey", aside_of(step)), "\n")
      end
      any = true
      io.stdout:write(text, text:sub(-1) == "\n" and "" or "\n")
    end
  end
  if not any then io.stderr:write(only and "step " .. only.id or "no step", " of run ", run.name, only and " printed and logged nothing\n" or " printed or logged anything\n") end
end

function command.run(args)
  session.need "read"
  local run, message = history.find_run(args[1])
  local only
  if not run then
    local run_name, id = args[1]:match "^(.*)/([^/]+)$"
    run = run_name and history.find_run(run_name)
    if not run then mistake.at(nil, "%s", message) end
    only = run.steps[id]
  end
  local list = only and { only } or {}
  if not only then for i = 1, #run.steps do list[i] = run.steps[i] end end
  if session.options.json then print_json(list) else print_steps(list, run, only) end
  return 0
end

return command

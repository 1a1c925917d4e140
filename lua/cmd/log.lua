-- rille log RUN/STEP, or RUN for all its steps

local history = require "rille.history"
local json = require "rille.json"
local mistake = require "rille.mistake"
local paint = require "rille.paint"
local session = require "rille.session"

local command = { usage = "log RUN[/STEP] [--json]", min = 1, max = 1 }

local function text_of(step)
  local text = step.log
  local err = rawget(step, "row").error
  if err and err ~= "" then text = text .. (text ~= "" and text:sub(-1) ~= "\n" and "\n" or "") .. err .. "\n" end
  return text
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
  if session.options.json then
    local items = {}
    for i, step in ipairs(list) do items[i] = { step = step.id, log = text_of(step) } end
    io.stdout:write(json.encode { items = json.array(items), next = json.null }, "\n")
    return 0
  end
  for _, step in ipairs(list) do
    local text = text_of(step)
    if text ~= "" then
      if not only then io.stdout:write(paint.in_colour("bold", "-- " .. step.id), "\n") end
      io.stdout:write(text, text:sub(-1) == "\n" and "" or "\n")
    end
  end
  return 0
end

return command

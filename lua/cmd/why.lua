-- rille why STEP: why it ran, in the newest run or in --run R.

local history = require "rille.history"
local json = require "rille.json"
local mistake = require "rille.mistake"
local paint = require "rille.paint"
local record = require "rille.record"
local session = require "rille.session"
local suggest = require "rille.suggest"
local why = require "rille.why"

local command = {
  usage = "why STEP [--run RUN] [--json]", min = 1, max = 1, options = { ["--run"] = "value" },
}

local function find(node, name)
  if name then
    local run, message = history.find_run(name)
    if not run then mistake.at(nil, "%s", message) end
    return rawget(run, "row")
  end
  for _, row in ipairs((session.meta:runs { limit = 50, unlisted = true })) do
    if session.meta:step(row.row, node) then return row end
  end
  mistake.at(nil, 'no recent run has a step "%s"; name the run with --run', node)
end

local function names_of(run)
  local names = {}
  for i, step in ipairs(session.meta:steps(run.row)) do names[i] = step.node end
  return names
end

-- What there is to tell: { status, reason, changes, previous }.
local function explain(run, node)
  local step = session.meta:step(run.row, node)
  if not step then mistake.at(nil, 'run %s has no step "%s"%s', run.name, node, suggest.hint(node, names_of(run))) end
  local status = record.STATUS[step.status] or step.status
  local told = { step = node, run = run.name, status = status, changes = {} }
  if status == "cached" then
    told.reason = "its key was made before, in " .. (step.run and step.run.name or "an earlier run") .. ", and nothing it read has changed"
    return told
  elseif not step.row then
    told.reason = "it did not run"
    return told
  end
  local row = session.meta:step_row(step.row)
  told.reason = row.reason
  local previous, previous_run = why.previous_row(run.pipeline, node, run.row)
  if previous then
    told.previous = previous_run.name
    told.changes = why.compare(why.of_row(previous), why.of_row(step.row))
  elseif not told.reason then
    told.reason = "it had not run before"
  end
  return told
end

local function print_changes(changes)
  for _, change in ipairs(changes) do
    io.stdout:write("  ", change.what, "\n")
    for i, line in ipairs(change.lines or {}) do
      if i > 40 then
        io.stdout:write("      ...\n")
        break
      end
      io.stdout:write("      ", paint.in_colour(line[1] == "-" and "red" or "green", line[1] .. " " .. line[2]), "\n")
    end
  end
end

function command.run(args)
  session.need "read"
  local run = find(args[1], args.run)
  local told = explain(run, args[1])
  if session.options.json then
    for _, change in ipairs(told.changes) do
      if change.lines then
        for i, line in ipairs(change.lines) do change.lines[i] = line[1] .. line[2] end
        change.lines = json.array(change.lines)
      end
    end
    told.changes = json.array(told.changes)
    io.stdout:write(json.encode(told), "\n")
    return 0
  end
  io.stdout:write(string.format("%s in %s: %s\n", paint.in_colour("bold", told.step), told.run, paint.status(told.status == "completed" and "ran" or told.status)))
  -- a reason worked out before the run is the head of the changes
  local first = told.changes[1]
  if told.reason and not (first and told.reason:sub(1, #first.what) == first.what) then io.stdout:write("  ", told.reason, "\n") end
  if told.previous then
    print_changes(told.changes)
    if #told.changes == 0 and not told.reason then io.stdout:write("  nothing that rille knows of changed; its result was not kept for reuse\n") end
    io.stdout:write(paint.in_colour("grey", "  compared with " .. told.previous), "\n")
  end
  return 0
end

return command

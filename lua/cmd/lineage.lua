-- rille lineage ARTIFACT [--up | --down]: what it was made from, what was made
-- from it, as a tree.

local hash = require "rille.host.hash"
local json = require "rille.json"
local mistake = require "rille.mistake"
local paint = require "rille.paint"
local session = require "rille.session"
local shape = require "rille.shape"

local command = { usage = "lineage ARTIFACT [--up | --down] [--json]", min = 1, max = 1, options = { ["--up"] = true, ["--down"] = true } }

local function label(digest)
  local artifact = session.meta:artifact(digest)
  local glance = artifact and shape.glance(artifact)
  local text = artifact and (artifact.preview or glance and artifact.type .. " " .. glance or artifact.type) or "?"
  return hash.hex(digest):sub(1, 12) .. "  " .. text
end

-- The tree of facts from an artifact, each step run once.
local function tree(digest, direction)
  local by = {}
  for _, fact in ipairs(session.meta:lineage(digest, direction)) do
    for _, d in ipairs(direction == "up" and fact.outputs or fact.inputs) do
      by[d] = by[d] or {}
      table.insert(by[d], fact)
    end
  end
  return by
end

-- Of all that made the same bytes, the one that was there when they were used:
-- the newest before it.
local function maker(facts, before)
  for _, fact in ipairs(facts) do if fact.step_run < before then return fact end end
end

local function draw(digest, by, direction, lead, seen, lines, before)
  local facts = by[digest] or {}
  local shown = facts
  if direction == "up" then shown = { maker(facts, before) } end
  for i, fact in ipairs(shown) do
    local last = i == #shown
    lines[#lines + 1] = lead .. (last and "`- " or "|- ") .. paint.in_colour("green", fact.node) .. paint.in_colour("grey", "  " .. (fact.run and fact.run.name or "?"))
    local below = lead .. (last and "   " or "|  ")
    if seen[fact.step_run] then
      lines[#lines + 1] = below .. "`- " .. paint.in_colour("grey", "(as above)")
    else
      seen[fact.step_run] = true
      local nexts = direction == "up" and fact.inputs or fact.outputs
      for k, d in ipairs(nexts) do
        if k == 9 and #nexts > 10 then
          lines[#lines + 1] = below .. string.format("`- ... %d more", #nexts - 8)
          break
        end
        local end_ = k == #nexts
        lines[#lines + 1] = below .. (end_ and "`- " or "|- ") .. label(d)
        draw(d, by, direction, below .. (end_ and "   " or "|  "), seen, lines, fact.step_run)
      end
    end
  end
end

-- The lines of the lineage of an artifact; step_run made it, where that is known.
function command.lines(digest, direction, step_run)
  local lines = { label(digest) }
  draw(digest, tree(digest, direction), direction, "", {}, lines, step_run and step_run + 1 or math.huge)
  return lines
end

function command.run(args)
  session.need "read"
  local row, message = session.meta:find_artifact(args[1])
  if not row then mistake.at(nil, "%s", message or string.format('there is no artifact "%s"; see rille artifact list', args[1])) end
  local direction = args.down and "down" or "up"
  if session.options.json then
    local items = {}
    for i, fact in ipairs(session.meta:lineage(row.digest, direction)) do
      local ins, outs = {}, {}
      for k, d in ipairs(fact.inputs) do ins[k] = hash.hex(d) end
      for k, d in ipairs(fact.outputs) do outs[k] = hash.hex(d) end
      items[i] = { step = fact.node, pipeline = fact.pipeline, run = fact.run and fact.run.name, inputs = json.array(ins), outputs = json.array(outs) }
    end
    io.stdout:write(json.encode { items = json.array(items), next = json.null }, "\n")
    return 0
  end
  io.stdout:write(table.concat(command.lines(row.digest, direction, row.step_run), "\n"), "\n")
  return 0
end

return command

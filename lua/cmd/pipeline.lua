-- rille pipeline list | show NAME

local graph = require "rille.host.graph"
local hash = require "rille.host.hash"
local json = require "rille.json"
local mistake = require "rille.mistake"
local paint = require "rille.paint"
local session = require "rille.session"
local shape = require "rille.shape"
local suggest = require "rille.suggest"

local command = { usage = "pipeline list | show NAME [--json]", min = 1, max = 2 }

local actions = {}

function actions.list()
  local rows, items = {}, {}
  for i, one in ipairs(session.meta:pipelines()) do
    local newest = session.meta:nth_run(one.name, -1)
    rows[i] = { one.name, paint.count(one.runs), newest and newest.name or "", newest and { newest.status, newest.status == "completed" and "green" or "red" } or "" }
    items[i] = { name = one.name, runs = one.runs, newest = newest and newest.name or json.null }
  end
  if session.options.json then io.stdout:write(json.encode { items = json.array(items), next = json.null }, "\n")
  else io.stdout:write(paint.table({ "pipeline", ">runs", "newest run", "status" }, rows)) end
  return 0
end

local function source_text(nodes, sources)
  local parts = {}
  for i, s in ipairs(sources) do
    local node = nodes[s[1]]
    parts[i] = not node and "(literal)" or #node.outputs > 1 and node.id .. "." .. node.outputs[s[2]] or node.id
    if i == 4 and #sources > 5 then
      parts[5] = "... " .. paint.count(#sources - 4) .. " more"
      break
    end
  end
  return table.concat(parts, ", ")
end

-- The nodes as --json gives them: an input names the nodes and outputs it is from.
local function plain_nodes(nodes)
  local list = {}
  for i, node in ipairs(nodes) do
    local inputs = {}
    for k, input in ipairs(node.inputs) do
      local from = {}
      for n, s in ipairs(input) do
        local source = nodes[s[1]]
        from[n] = source and { node = source.id, output = source.outputs[s[2]] } or { literal = true }
      end
      inputs[k] = { port = input.port, from = json.array(from) }
    end
    list[i] = { id = node.id, step = node.step, inputs = json.array(inputs), outputs = json.array(node.outputs) }
  end
  return json.array(list)
end

function actions.show(args)
  local name = args[2]
  if not name then error({ usage = "usage: rille " .. command.usage }, 0) end
  local newest = session.meta:nth_run(name, -1)
  if not newest then
    local names = {}
    for i, one in ipairs(session.meta:pipelines()) do names[i] = one.name end
    mistake.at(nil, 'there is no run of a pipeline "%s"%s', name, suggest.hint(name, names))
  end
  local nodes = graph.read(session.meta:spec(newest.spec_hash))
  if session.options.json then
    io.stdout:write(json.encode { name = name, version = newest.spec_version, hash = hash.hex(newest.spec_hash), nodes = plain_nodes(nodes), newest = shape.run_head(newest) }, "\n")
    return 0
  end
  io.stdout:write(string.format("%s  wiring version %d, newest run %s\n\n", paint.in_colour("bold", name), newest.spec_version, newest.name))
  local rows = {}
  for _, node in ipairs(nodes) do
    local first = true
    for _, input in ipairs(node.inputs) do
      rows[#rows + 1] = { first and node.id or "", first and node.step or "", input.port, source_text(nodes, input) }
      first = false
    end
    if first then rows[#rows + 1] = { node.id, node.step, "", "" } end
  end
  io.stdout:write(paint.table({ "node", "step", "input", "from" }, rows))
  return 0
end

function command.run(args)
  local action = actions[args[1]]
  if not action then error({ usage = string.format("pipeline %s%s; usage: rille %s", args[1], suggest.hint(args[1], { "list", "show" }), command.usage) }, 0) end
  if args[1] == "show" and not args[2] then error({ usage = "usage: rille " .. command.usage }, 0) end
  session.need "read"
  return action(args)
end

return command

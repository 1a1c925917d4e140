-- rille pipeline list | show NAME | delete NAME

local wiring = require "rille.host.wiring"
local hash = require "rille.host.hash"
local json = require "rille.json"
local listing = require "rille.query.listing"
local errors = require "rille.base.errors"
local format = require "rille.base.format"
local project = require "rille.project"
local global_options = require "rille.project.global_options"
local json_rows = require "rille.show.json_rows"
local out = require "rille.show.out"
local suggest = require "rille.base.suggest"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"
local text_width = require "rille.base.text_width"

local command = {
  name = "pipeline", order = 320, synopsis = "pipeline list",
  summary = "list pipelines that have run; also show, delete",
  usage = "pipeline list | show NAME | delete NAME [--yes]",
  takes = { "-", "pipeline" },
  min = 1, max = 2,
  words = { "list", "show", "delete" },
  options = {
    ["--yes"] = { text = "delete without asking" },
    ["--unlisted"] = { text = "also pipelines with unlisted runs only" },
  },
  help = [[
rille pipeline list [--unlisted] [--json]
rille pipeline show NAME [--json]
rille pipeline delete NAME [--yes] [--json]

list shows the pipelines that have run.  show shows the wiring of a pipeline's
newest run: its nodes, and where each input came from.  The version of the
wiring increases when nodes, wires or their order (after) change, but not when
define calls the steps in a different order.  show lists the versions and their
changes (+ new node, - removed node, ~ node wired differently).

delete frees the name: a new pipeline of that name starts with version 1 of its
wiring.  The runs remain, unlisted (rille runs --unlisted): their names,
artifacts and cached results stay available, and the numbers of runs and
versions of artifacts continue.

  --yes       of delete: do not ask
  --unlisted  of list: also pipelines that have only unlisted runs
  --json      list: {"items":[{"name","runs","completed","failed","running",
              "newest"}],"next":null}
              show: {"name","version","hash","nodes":[{"id","step","inputs",
              "outputs","after"}],"versions":[{"version","hash","runs",
              "first","nodes","changes"}],"newest":RUN}, an input being
              {"port","from":[{"node","output"} or {"literal":true}]}
              delete: {"name","runs"}

Exit codes: 0 success; 2 usage; 3 no such pipeline, or one of its
runs is running; 4 no store.

  rille pipeline show digits
  rille pipeline delete digits --yes
]],
}

local actions = {}

local COLOURS <const> = { completed = "green", failed = "red" }

-- The columns of the list.  Names of runs stay whole, and mostly tell the time by
-- themselves: where a terminal has no room for both the time is left out.
local function print_list(rows)
  local head, used = { "pipeline", ">runs", "newest run", "started", "status" }, 0
  for i, name in ipairs(head) do
    local width = #name:gsub("^>", "")
    for _, row in ipairs(rows) do
      width = math.max(width, text_width.width(type(row[i]) == "table" and row[i][1] or row[i]))
    end
    used = used + width + (i > 1 and 2 or 0)
  end
  local is_terminal, columns = sys.is_terminal(1)
  if is_terminal and used > columns then
    table.remove(head, 4)
    for _, row in ipairs(rows) do table.remove(row, 4) end
  end
  terminal.put(format.table(head, rows))
end

-- One whose runs are all unlisted (a step called on its own makes such) is kept
-- out, as they are.
function actions.list(args)
  local rows, items = {}, {}
  for _, one in ipairs(project.meta:pipelines()) do
    local newest = one.newest
    if newest or args.unlisted then
      local status = newest and { newest.status, COLOURS[newest.status] or "yellow" } or { "" }
      rows[#rows + 1] = { one.name, format.count(one.runs), newest and newest.name or "",
        newest and format.time(newest.started) or "", status }
      items[#items + 1] = { name = one.name, runs = one.runs, completed = one.completed, failed = one.failed,
        running = one.running, newest = newest and newest.name or json.null }
    end
  end
  if global_options.json then out.json { items = json.array(items), next = json.null }
  else print_list(rows) end
  return 0
end

local function source_text(nodes, sources)
  local parts = {}
  for i, s in ipairs(sources) do
    local node = nodes[s[1]]
    if not node then parts[i] = s.label and "external " .. s.label or "(literal)"
    else parts[i] = #node.outputs > 1 and node.id .. "." .. node.outputs[s[2]] or node.id end
    if i == 4 and #sources > 5 then
      parts[5] = "... " .. format.count(#sources - 4) .. " more"
      break
    end
  end
  return table.concat(parts, ", ")
end

-- What a node waits for without taking it: { word, "a, b" }, ...
local function orders_of(nodes, node)
  local list = {}
  for _, mark in ipairs(node.marks or {}) do
    if mark.port == "after" or mark.port == "if" or mark.port == "unless" then
      list[#list + 1] = { mark.port, source_text(nodes, mark) }
    end
  end
  return list
end

local function after_of(nodes, node)
  local ids = {}
  for _, mark in ipairs(node.marks or {}) do
    if mark.port == "after" then for k, s in ipairs(mark) do ids[k] = nodes[s[1]].id end end
  end
  return json.array(ids)
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
        from[n] = source and { node = source.id, output = source.outputs[s[2]] }
          or { literal = true, external = s.label }
      end
      inputs[k] = { port = input.port, from = json.array(from) }
    end
    list[i] = { id = node.id, step = node.step, inputs = json.array(inputs), outputs = json.array(node.outputs),
      after = after_of(nodes, node) }
  end
  return json.array(list)
end

local function wires_of(nodes, node)
  local parts = {}
  for i, input in ipairs(node.inputs) do parts[i] = input.port .. " <- " .. source_text(nodes, input) end
  return table.concat(parts, ", ")
end

local function orders_text(nodes, node)
  local parts = {}
  for i, one in ipairs(orders_of(nodes, node)) do parts[i] = one[1] .. " " .. one[2] end
  return parts[1] and table.concat(parts, ", ") or "after nothing"
end

-- What is different in a wiring from the one before: lines of text.
local function changes(before, after)
  local was, is, lines = {}, {}, {}
  for _, node in ipairs(before) do was[node.id] = node end
  for _, node in ipairs(after) do is[node.id] = node end
  for _, node in ipairs(after) do
    local old = was[node.id]
    if not old then lines[#lines + 1] = "+ " .. node.id
    elseif old.step ~= node.step then
      lines[#lines + 1] = string.format("~ %s is step %s, was %s", node.id, node.step, old.step)
    elseif wires_of(before, old) ~= wires_of(after, node) then
      lines[#lines + 1] = string.format("~ %s takes %s, took %s", node.id, wires_of(after, node), wires_of(before, old))
    elseif table.concat(old.outputs, ", ") ~= table.concat(node.outputs, ", ") then
      lines[#lines + 1] = string.format("~ %s makes %s, made %s", node.id, table.concat(node.outputs, ", "),
        table.concat(old.outputs, ", "))
    elseif orders_text(before, old) ~= orders_text(after, node) then
      lines[#lines + 1] = string.format("~ %s runs %s, ran %s", node.id, orders_text(after, node),
        orders_text(before, old))
    end
  end
  for _, node in ipairs(before) do
    if not is[node.id] then lines[#lines + 1] = "- " .. node.id end
  end
  if #lines == 0 then lines[1] = "~ what depends on data" end
  return lines
end

local function nodes_of(spec) return wiring.read(project.meta:spec(spec)) end

-- The wirings as --json gives them, each with what changed.
local function versions_of(name)
  local list, before = {}, nil
  for i, one in ipairs(listing.wirings(name)) do
    local nodes = nodes_of(one.spec)
    list[i] = { version = one.version, hash = hash.hex(one.hash), runs = one.runs,
      first = one.first and format.iso(one.first) or json.null, nodes = #nodes,
      changes = json.array(before and changes(before, nodes) or {}), at = one.first }
    before = nodes
  end
  return list
end

local SHOWN <const> = 8         -- changes of a version that the table has

local function print_versions(list)
  local rows = {}
  for i, one in ipairs(list) do
    local more = #one.changes > SHOWN and "; ..." or ""
    local text = table.concat(one.changes, "; ", 1, math.min(#one.changes, SHOWN)) .. more
    rows[i] = { one.version, format.count(one.runs), one.at and format.time(one.at) or "", format.count(one.nodes),
      text }
  end
  terminal.put("\n", format.table({ ">version", ">runs", "first run", ">nodes", "changed" }, rows))
end

local function print_nodes(nodes)
  local rows = {}
  for _, node in ipairs(nodes) do
    local first = true
    for _, input in ipairs(node.inputs) do
      rows[#rows + 1] = { first and node.id or "", first and node.step or "", input.port, source_text(nodes, input) }
      first = false
    end
    for _, one in ipairs(orders_of(nodes, node)) do
      rows[#rows + 1] = { first and node.id or "", first and node.step or "", { "(" .. one[1] .. ")", "grey" }, one[2] }
      first = false
    end
    if first then rows[#rows + 1] = { node.id, node.step, "", "" } end
  end
  terminal.put(format.table({ "node", "step", "input", "from" }, rows))
end

local function no_pipeline(name)
  local names = {}
  for i, one in ipairs(project.meta:pipelines()) do names[i] = one.name end
  errors.at(nil, 'no runs of a pipeline named "%s"%s', name, suggest.hint(name, names))
end

function actions.show(args)
  local name = args[2]
  local newest = project.meta:nth_run(name, -1, { unlisted = true })
  if not newest then no_pipeline(name) end
  local nodes, versions = nodes_of(newest.spec), versions_of(name)
  if global_options.json then
    for _, one in ipairs(versions) do one.at = nil end
    out.json { name = name, version = newest.spec_version, hash = hash.hex(newest.spec_hash),
      nodes = plain_nodes(nodes), versions = json.array(versions), newest = json_rows.run_head(newest) }
    return 0
  end
  terminal.put(string.format("%s  wiring version %d, newest run %s\n\n", format.in_colour("bold", name),
    newest.spec_version, newest.name))
  print_nodes(nodes)
  if #versions > 1 then print_versions(versions) end
  return 0
end

-- Asks on a terminal; elsewhere --yes is required.
local function confirm(name, runs)
  if not sys.is_terminal(0) then out.usage("pipeline delete %s: add --yes, as nobody can be asked here", name) end
  terminal.say(string.format("delete pipeline %s? Its %s stay, unlisted. [y/N] ", name, format.plural(runs, "run")))
  local answer = io.stdin:read "l"
  return answer == "y" or answer == "yes"
end

function actions.delete(args)
  local name, one = args[2], nil
  for _, other in ipairs(project.meta:pipelines()) do
    if other.name == name then one = other end
  end
  if not one then no_pipeline(name) end
  if not args.yes and not confirm(name, one.runs) then return 0 end
  project.need "write"
  local runs, message = project.meta:delete_pipeline(name)
  if not runs then errors.at(nil, "%s", message) end
  if global_options.json then out.json { name = name, runs = runs }
  else
    local found = runs == 1 and "run, now unlisted, is found by its name"
      or format.count(runs) .. " runs, now unlisted, are found by their names"
    terminal.put(string.format("pipeline %s is deleted; its %s\n", name, found))
  end
  return 0
end

function command.run(args)
  local action = actions[args[1]]
  if not action then
    out.usage("pipeline %s%s; usage: rille %s", args[1], suggest.hint(args[1], command.words), command.usage)
  end
  if args[1] ~= "list" and not args[2] then out.usage("usage: rille %s", command.usage) end
  project.need "read"
  return action(args)
end

return command

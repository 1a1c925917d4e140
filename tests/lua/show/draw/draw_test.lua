-- Drawings: what the formats say of a graph, whatever its names are.

package.path = "../../../lib/?.lua;" .. package.path
local check = require "check"
local draw = require "rille.show.draw"
local fold = require "rille.show.draw.fold"
local json = require "rille.json"
local layout = require "rille.host.layout"

local function step(id, status, more)
  local node = { id = id, kind = "step", label = id, status = status or "completed", group = "g", details = {} }
  for k, v in pairs(more or {}) do node[k] = v end
  return node
end
local function artifact(id, status, more)
  local node = { id = id, kind = "artifact", label = id, status = status or "completed", type = "table", size = 2048,
    group = "a", details = {} }
  for k, v in pairs(more or {}) do node[k] = v end
  return node
end
local function graph(nodes, edges)
  for i, e in ipairs(edges) do
    edges[i] = { from = e[1], to = e[2], ports = e.ports or {}, dashed = e.dashed, order = e.order }
  end
  return draw.new { title = "t", kind = "run", status = "completed", seconds = 1.5, about = "pipeline p", nodes = nodes,
    edges = edges }
end

-- load -> x -> train -> m -> eval, and x -> eval
local function diamond()
  return graph({ step("load", "cached"), artifact("x", "cached"), step("train", "completed", { seconds = 1.25 }),
    artifact "m", step("eval", "failed", { seconds = 0.5 }) },
    { { 1, 2, dashed = true }, { 2, 3 }, { 3, 4 }, { 4, 5 }, { 2, 5 } })
end

local function count(text, what)
  local n = 0
  for _ in text:gmatch(what) do n = n + 1 end
  return n
end

check.test("the text has a line for each step along rails, with status and time at the right", function()
  check.eq(tostring(diamond()), [[
t
completed in 1.50 s, pipeline p

◌ load                                                      cached
│ ■ x  table, 2.0 KiB
├─╮
│ ● train                                                   ran          1.25 s
│ │ ■ m  table, 2.0 KiB
├─╯
✗ eval                                                      failed       500 ms

● step   ■ artifact
]])
end)

check.test("no line of the text is wider than the columns, whatever the names", function()
  local long = string.rep("ä", 200)
  local g = graph({ step(long, "completed", { seconds = 3 }), artifact(long),
    step("b\nc\27[31m", "run", { usual = 2 }) },
    { { 1, 2 }, { 2, 3 } })
  for _, columns in ipairs { 40, 80, 120 } do
    for line in draw.render(g, "text", { columns = columns }):gmatch "[^\n]+" do
      check.ok(utf8.len(line) <= columns, columns .. ": " .. line)
      check.ok(not line:find "%c", line)
    end
  end
end)

check.test("branches that are alike are folded where rails would be too many", function()
  local nodes, edges = { step "src", artifact "n" }, { { 1, 2 } }
  for i = 1, 40 do
    nodes[#nodes + 1],
    nodes[#nodes + 2] = step("sim_" .. i, i == 7 and "failed" or "completed", { group = "sim", seconds = 0.5 }),
    artifact("x" .. i)
    edges[#edges + 1], edges[#edges + 2] = { 2, #nodes - 1 }, { #nodes - 1, #nodes }
  end
  nodes[#nodes + 1] = step("sum", "skipped", { group = "sum" })
  for i = 1, 40 do edges[#edges + 1] = { 2 + 2 * i, #nodes } end
  local g = graph(nodes, edges)
  local text = tostring(g)
  check.has(text, "sim ×39")
  check.has(text, "✗")
  check.has(text, "sim_7")
  check.ok(count(text, "\n") < 20, text)
  local all = g:text { all = true }
  check.has(all, "sim_40")
  check.has(all, "after sim_1, sim_2")
end)

check.test("folding keeps failures apart, joins edges and makes no cycle", function()
  local nodes, edges = {}, {}
  for i = 1, 300 do
    nodes[i] = step("s" .. i, i % 100 == 0 and "failed" or "completed", { group = "s", seconds = 1 })
    if i > 1 and i % 3 ~= 1 then edges[#edges + 1] = { i - 1, i } end
  end
  local small = fold.readable(graph(nodes, edges), {})
  check.ok(#small.nodes < 10)
  check.eq(small.folded, 300)
  local total, failed = 0, 0
  for _, node in ipairs(small.nodes) do
    total = total + (node.count or 1)
    if node.status == "failed" then failed = failed + (node.count or 1) end
  end
  check.eq({ total, failed }, { 300, 3 })
  for _, e in ipairs(small.edges) do check.ok(e.from ~= e.to) end
  check.ok(#small:svg() > 1000)
  local all = fold.readable(graph(nodes, {}), { all = true })
  check.eq(#all.nodes, 300)
end)

check.test("the SVG has a circle for each step, a square for each artifact, the colours and dashes", function()
  local svg = diamond():svg()
  local body = svg:match '<g transform="translate%(%d+ %d+%)">\n(.-)\n</g>\n<g class="n step'
  check.eq(count(body, "<circle"), 3)
  check.eq(count(body, "<rect"), 2)
  check.eq(count(body, 'class="e dashed"'), 1)
  check.eq(count(body, 'class="e"'), 4)
  check.eq(count(body, "<title>"), 5)
  for _, colour in ipairs { "#22577A", "#BFD7B5", "#FFB100", "#AD5D4E", "prefers-color-scheme:dark" } do
    check.has(svg, colour)
  end
  check.has(svg, "ran 1.25 s")
  check.ok(not svg:find "NaN" and not svg:find "inf")
end)

check.test("an edge of order without a value has a style, a word and an entry in the legend of its own", function()
  local g = graph({ step "a", step "b", artifact "x" }, { { 1, 2, ports = { "after" }, order = true }, { 2, 3 } })
  check.has(g:svg(), 'class="e order"')
  for _, page in ipairs { g:svg(), g:html() } do check.has(page, "order, without a value") end
  check.ok(not diamond():svg():find("order, without a value", 1, true))
  check.has(diamond():svg(), "from the cache")
  check.has(g:dot(), 'style="dotted"')
  check.has(g:dot(), 'label="after"')
  check.has(g:mermaid(), "n1 -. after .-> n2")
  check.has(tostring(g), "after a")
end)

check.test("a step that took much longer than usual stands out in every picture", function()
  local g = graph({ step("a", "completed", { seconds = 3.0, usual = 1.0, slow = true }),
    step("b", "completed", { seconds = 1.0, usual = 1.0 }) },
    {})
  check.has(g:svg(), "3.0x its usual 1.00 s")
  check.eq(count(g:svg(), 'class="ring"'), 1)
  check.has(g:html(), "3.0x its usual 1.00 s")
  check.has(g:dot(), "#FFB100")
  check.has(g:mermaid(), ":::slow")
  check.has(tostring(g), "3.0x usual  ran")
  check.eq(json.decode(g:json()).nodes[1].slow, true)
end)

local HOSTILE = { "<script>alert(1)</script>", "</title></svg><img src=x onerror=alert(1)>",
  '"quoted" \'and\' &amp; ]]> -->', "new\nline\ttab\r", "a\0b\27[2J", "\xff\xfe broken",
  "ünï ∂ 漢字 🌒", string.rep("long_", 40), "end", "x\\", "`js`", "]", "click", "a|b{c}(d)", "#quot;", "" }

local function hostile()
  local nodes, edges = {}, {}
  for i, name in ipairs(HOSTILE) do
    nodes[2 * i - 1] = step(name, "completed", { id = name .. i, details = { { name, name } } })
    nodes[2 * i] = artifact(name, "completed",
      { id = name .. "." .. i, preview = name, type = name, details = { { "preview", name } } })
    edges[#edges + 1] = { 2 * i - 1, 2 * i, ports = { name } }
    if i > 1 then edges[#edges + 1] = { 2 * i - 2, 2 * i - 1 } end
  end
  local g = graph(nodes, edges)
  g.title = HOSTILE[1] .. HOSTILE[3]
  return g
end

-- Well-formed as XML: tags nest, no stray < or &, no control characters.
local function check_xml(text)
  local open = {}
  check.ok(utf8.len(text), "not UTF-8")
  check.ok(not text:find "[%z\1-\8\11\12\14-\31]", "control characters")
  text = text:gsub("^<%?xml.-%?>", ""):gsub("<style>.-</style>", "<style></style>")
  for before, tag in text:gmatch "([^<]*)<([^>]*)>" do
    check.ok(not before:gsub("&%w+;", ""):gsub("&#%d+;", ""):find "[&>]", "stray: " .. before)
    local close, name, rest, empty = tag:match "^(/?)([%a]+)(.-)(/?)$"
    check.ok(name, "tag: " .. tag)
    check.ok(not rest:gsub('%s[%w:%-]+="[^"<]*"', ""):find "%S", "attributes: " .. tag)
    if close == "/" then check.eq(table.remove(open), name)
    elseif empty ~= "/" then open[#open + 1] = name end
  end
  check.eq(#open, 0)
end

check.test("names of any kind leave the SVG well-formed", function() check_xml(hostile():svg()) end)

check.test("names of any kind leave the page without elements of theirs", function()
  local html = hostile():html()
  check.eq(count(html, "<script"), 2)
  check.eq(count(html, "</script"), 2)
  check.eq(count(html, "<img"), 0)
  check.ok(utf8.len(html), "not UTF-8")
  check.ok(not html:gsub('xmlns="http://www.w3.org/2000/svg"', ""):find "https?://",
    "something is loaded from elsewhere")
  local data = json.decode(html:match '<script type="application/json" id="data">(.-)</script>')
  check.eq(#data.nodes, 2 * #HOSTILE)
  check.eq(data.nodes[1].label, HOSTILE[1])
  check.eq(data.nodes[1].details[1][2], HOSTILE[1])
end)

check.test("names of any kind leave DOT and Mermaid one statement a line", function()
  local dot = hostile():dot()
  for line in dot:gmatch "[^\n]+" do
    local rest = line:gsub('\\[\\"n]', ""):gsub('"[^"]*"', "S")
    check.ok(rest:find "^digraph S {$" or rest:find "^  %l+ %[[%w=, S.]*%];$" or rest:find "^  S %[[%w=, S]+%];$"
      or rest:find "^  S %-> S %[[%w=, S]+%];$" or rest == "}", line)
  end
  local mermaid = hostile():mermaid()
  for line in mermaid:gmatch "[^\n]+" do
    local rest = line:gsub('"[^"]*"', "S")
    check.ok(rest == "flowchart TD" or rest:find "^  n%d+%(%(S%)%):::%l+$" or rest:find "^  n%d+%[S%]:::%l+$"
      or rest:find "^  n%d+ %-%.?%-?> n%d+$"
      or rest:find "^  classDef %l+ fill:#%x+,stroke:#%x+,color:#%x+", line)
    check.ok(not (line:match '"(.*)"' or ""):gsub("<br/>", ""):find "[<>\"`]", line)
  end
end)

local function has_program(name) return (os.execute("command -v " .. name .. " >/dev/null 2>&1")) end

local function feed(program, text)
  local name = os.tmpname()
  local f = assert(io.open(name, "wb"))
  f:write(text)
  f:close()
  local ok = os.execute(program .. " " .. name .. " >/dev/null 2>" .. name .. ".err")
  local e = io.open(name .. ".err")
  local message = e:read "a"
  e:close()
  os.remove(name)
  os.remove(name .. ".err")
  return ok, message
end

check.test("Graphviz draws our DOT", function()
  if not has_program "dot" then check.cannot "there is no dot" end
  for _, g in ipairs { diamond(), hostile(), graph({}, {}) } do
    local ok, message = feed("dot -Tsvg", g:dot())
    check.ok(ok, message)
    check.ok(not message:find "syntax error", message)
  end
end)

check.test("JSON has every node with its place and every edge with its points", function()
  local v = json.decode(diamond():json())
  check.eq({ v.title, v.kind, v.status, v.seconds, v.direction, v.folded },
    { "t", "run", "completed", 1.5, "down", false })
  check.eq(#v.nodes, 5)
  check.eq(#v.edges, 5)
  local by = {}
  for _, node in ipairs(v.nodes) do
    by[node.id] = node
    check.ok(node.left >= 0 and node.top >= 0 and node.left + node.width <= v.width + 8
      and node.top + node.height <= v.height, node.id)
  end
  for _, edge in ipairs(v.edges) do
    check.ok(by[edge.from].layer < by[edge.to].layer)
    check.eq(edge.points[1], { by[edge.from].x, by[edge.from].y })
    check.eq(edge.points[#edge.points], { by[edge.to].x, by[edge.to].y })
  end
  check.eq({ by.load.status, by.train.seconds, by.x.size, by.x.type }, { "cached", 1.25, 2048, "table" })
  check.eq(#json.decode(hostile():json()).nodes, 2 * #HOSTILE)
end)

check.test("labels of a hundred nodes do not overlap", function()
  local nodes, edges = {}, {}
  for i = 1, 50 do
    nodes[2 * i - 1], nodes[2 * i] = step("quite_a_long_name_of_a_step_" .. i), artifact("artifact_" .. i)
    edges[#edges + 1] = { 2 * i - 1, 2 * i }
    for _, k in ipairs { 3, 7 } do if i > k then edges[#edges + 1] = { 2 * (i - k), 2 * i - 1 } end end
  end
  local v = json.decode(graph(nodes, edges):json())
  for i, a in ipairs(v.nodes) do
    for k = 1, i - 1 do
      local b = v.nodes[k]
      check.ok(a.left + a.width <= b.left or b.left + b.width <= a.left or a.top + a.height <= b.top
        or b.top + b.height <= a.top, a.id .. " is over " .. b.id)
    end
  end
end)

check.test("the same graph gives the same bytes in every format", function()
  for _, format in ipairs(draw.FORMATS) do
    check.eq(draw.render(hostile(), format), draw.render(hostile(), format), format)
  end
end)

check.test("nothing can be drawn in every format", function()
  for _, format in ipairs(draw.FORMATS) do check.ok(#draw.render(graph({}, {}), format) > 10, format) end
end)

check.test("statuses and kinds that are not known here are drawn all the same", function()
  local g = graph({ step("a", "hibernating"), artifact("b", "borrowed", { kind = "model" }) }, { { 1, 2 } })
  for _, format in ipairs(draw.FORMATS) do check.ok(#draw.render(g, format) > 10, format) end
  check.has(tostring(g), "hibernating")
end)

check.test("the extension of a path says the format", function()
  check.eq({ draw.format_of "a/b.svg", (draw.format_of "x.HTML"), (draw.format_of "x.mmd"), (draw.format_of "x.gv") },
    { "svg", "html", "mermaid", "dot" })
  local format, message = draw.format_of "x.sgv"
  check.eq(format, nil)
  check.has(message, "x.sgv: unknown extension; did you mean .svg?")
  check.has(select(2, draw.format_of "out"), "out: unknown extension; available: .svg")
  check.raises(function() diamond():save "x.sgv" end, "did you mean .svg?")
  check.raises(function() diamond():save(5) end, "expected a path")
  check.raises(function() diamond():save "/nowhere/at/all/x.svg" end, "/nowhere/at/all/x.svg")
  check.raises(function() diamond():svg { al = true } end, 'did you mean "all"')
  check.raises(function() diamond():svg "all" end, "takes a table of options")
end)

check.test("layout refuses what is no graph", function()
  local one = { left = { 1 }, right = { 1 }, thick = { 1 } }
  check.raises(function() layout(one, { from = { 1 }, to = {} }, {}) end, "lists of the same length")
  check.raises(function() layout(one, { from = { 1 }, to = { 2 } }, {}) end, "edge 1: expected the number of a node")
  check.raises(function() layout({ left = { 1 }, right = { -1 }, thick = { 1 } }, { from = {}, to = {} }, {}) end,
    "expected a size")
  check.raises(function() layout(one, { from = {}, to = {} }, { node_gap = 0 / 0 }) end, "expected a number from 0")
  check.raises(function() layout(one, {}, {}) end, "expected a list")
  local placed, message = layout(one, { from = { 1 }, to = { 1 } }, {})
  check.eq({ placed, message }, { nil, "the graph has a cycle" })
end)

check.done()

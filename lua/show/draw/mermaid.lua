-- mermaid: a drawing as a flowchart of Mermaid.
--
-- Ids are n1, n2...: a name may be a word of Mermaid's own.  Labels are quoted;
-- what has a meaning in them is given by number (#34; is a quote).

local draw = require "rille.show.draw"
local fold = require "rille.show.draw.fold"

local function label(text)
  if not utf8.len(text) then text = text:gsub("[\x80-\xff]", "\u{FFFD}") end
  local function by_number(c) return "#" .. c:byte() .. ";" end
  return (text:gsub("[%z\1-\31\127]", " "):gsub("[#&;<>\"'`\\%[%]{}()|*_~]", by_number))
end

local function text_of(node)
  local count = node.count and " x " .. node.count or ""
  return string.format('"%s<br/>%s"', label(node.label .. count), label(draw.note(node)))
end

local function node_of(node, i)
  local class = draw.class_of(node.status)
  if node.kind == "step" then
    return string.format("  n%d((%s)):::%s", i, text_of(node), node.slow and "slow" or class)
  end
  return string.format("  n%d[%s]:::%s", i, text_of(node), class)
end

local function classes()
  local names, lines = {}, {}
  for name in next, draw.COLOURS do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local c = draw.COLOURS[name]
    local dashed = (name == "cached" or name == "wait" or name == "missing") and ",stroke-dasharray:4 3" or ""
    lines[#lines + 1] = string.format("  classDef %s fill:%s,stroke:%s,color:%s%s", name, c[1], c[2], c[3], dashed)
  end
  local c = draw.COLOURS.completed
  lines[#lines + 1] = string.format("  classDef slow fill:%s,stroke:#FFB100,color:%s,stroke-width:4px", c[1], c[3])
  return table.concat(lines, "\n")
end

---@param drawing Drawing
---@param options table see draw.render
---@return string
return function(drawing, options)
  local seen = fold.readable(drawing, options)
  local lines = { "flowchart TD" }
  for i, node in ipairs(seen.nodes) do lines[#lines + 1] = node_of(node, i) end
  for _, edge in ipairs(seen.edges) do
    local arrow = edge.order and string.format("-. %s .->", edge.ports[1] or "after") or edge.dashed and "-.->" or "-->"
    lines[#lines + 1] = string.format("  n%d %s n%d", edge.from, arrow, edge.to)
  end
  lines[#lines + 1] = classes()
  return table.concat(lines, "\n") .. "\n"
end

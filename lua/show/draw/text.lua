-- text: a drawing for a terminal, steps along rails.
--
--   ● load_digits                                        ran      12.0 ms
--   │ ■ X_train  array, 719 KiB
--   ├─╮
--   │ ● svc_trainer                                      cached
--   ├─╯
--   ● evaluator                                          failed    0.31 s
--
-- A rail leads from a step to those that take what it made; a step that takes from
-- several stands where rails meet.  Where there are too many rails steps that are
-- alike are folded, and if that does not do, they are listed with what they need.

local draw = require "rille.show.draw"
local fold = require "rille.show.draw.fold"
local format = require "rille.base.format"
local terminal_text = require "rille.host.terminal_text"

local RAILS <const> = 12                -- more are no drawing any more
local LISTED <const> = 6                -- outputs on lines of their own, in a graph of
local FEW <const> = 30                  -- so many steps

local GLYPHS <const> = draw.GLYPHS

-- Steps with what they need, make and are given ------------------------------------

local function steps_of(drawing)
  local steps, at, producer = {}, {}, {}
  for i, node in ipairs(drawing.nodes) do
    if node.kind == "step" then
      at[i] = { node = node, needs = {}, makes = {}, given = {}, orders = {}, consumers = 0 }
      steps[#steps + 1] = at[i]
      at[i].number = #steps
    end
  end
  for _, edge in ipairs(drawing.edges) do
    if at[edge.from] and not at[edge.to] then
      producer[edge.to] = at[edge.from]
      table.insert(at[edge.from].makes, drawing.nodes[edge.to])
    end
  end
  for _, edge in ipairs(drawing.edges) do
    local to, from = at[edge.to], at[edge.from] or producer[edge.from]
    if to and from then
      if not to.needs[from] then
        to.needs[from] = true
        to.needs[#to.needs + 1] = from
        from.consumers = from.consumers + 1
      end
      if edge.order then table.insert(to.orders, { edge.ports[1] or "after", from.node }) end
    elseif to then table.insert(to.given, drawing.nodes[edge.from]) end
  end
  return steps
end

-- Each step after what it needs, and soon after the last of that.
local function in_order(steps)
  local missing, takers, stack, order = {}, {}, {}, {}
  for i, step in ipairs(steps) do
    missing[step] = #step.needs
    for _, from in ipairs(step.needs) do
      takers[from] = takers[from] or {}
      table.insert(takers[from], step)
    end
    if #steps[#steps + 1 - i].needs == 0 then stack[#stack + 1] = steps[#steps + 1 - i] end
  end
  while #stack > 0 do
    local step = table.remove(stack)
    order[#order + 1] = step
    local list = takers[step] or {}
    for k = #list, 1, -1 do
      missing[list[k]] = missing[list[k]] - 1
      if missing[list[k]] == 0 then stack[#stack + 1] = list[k] end
    end
  end
  return order
end

-- Rails ------------------------------------------------------------------------------

-- The connection above a step: rails that end there or fork off to it.  Returns the
-- text, or nil when the step just goes on along its only rail.
local function joint(lanes, needed, ending, column, count)
  local low, high, others = column, column, 0
  for c = 1, count do
    if needed[c] and c ~= column then
      low, high, others = math.min(low, c), math.max(high, c), others + 1
    end
  end
  if others == 0 then return nil end
  local parts = {}
  for c = 1, count do
    local left, right = c > low and c <= high, c >= low and c < high
    local char
    if c == column then
      local up = needed[c]
      if up then char = left and right and "┼" or left and "┤" or "├"
      else char = left and right and "┬" or left and "╮" or "╭" end
    elseif needed[c] and ending[c] then char = left and right and "┴" or left and "╯" or "╰"
    elseif needed[c] then char = left and right and "┼" or left and "┤" or "├"
    elseif lanes[c] then char = "│"
    else char = left and right and "─" or " " end
    parts[c] = char .. (right and "─" or " ")
  end
  return (table.concat(parts):gsub("%s+$", ""))
end

local function free_column(lanes, from)
  local c = from
  while lanes[c] do c = c + 1 end
  return c
end

local function verticals(lanes, count, column, mark)
  local parts = {}
  for c = 1, count do parts[c] = c == column and mark or lanes[c] and "│ " or "  " end
  return table.concat(parts)
end

-- rows: { { rails, step }, { rails, below = step } or { rails } ... }; nil when there
-- are too many rails.
local function lay_rails(order)
  local lanes, left, rows, count, active = {}, {}, {}, 1, 0
  for n, step in ipairs(order) do
    local needed, ending, column, lowest = {}, {}, nil, nil
    for c = 1, count do
      local owner = lanes[c]
      if owner and step.needs[owner] then
        needed[c] = true
        lowest = lowest or c
        left[owner] = left[owner] - 1
        if left[owner] == 0 then
          ending[c] = true
          column = column or c
        end
      end
    end
    if #step.needs == 0 and active == 0 and n > 1 then rows[#rows + 1] = { rails = "" } end
    column = column or free_column(lanes, lowest or 1)
    count = math.max(count, column)
    if count > RAILS then return nil end
    local text = joint(lanes, needed, ending, column, count)
    if text then rows[#rows + 1] = { rails = text } end
    for c in next, ending do
      lanes[c] = nil
      active = active - 1
    end
    if step.consumers > 0 then
      lanes[column], left[step], active = step, step.consumers, active + 1
    end
    while count > 1 and not lanes[count] and count > column do count = count - 1 end
    rows[#rows + 1] = { rails = verticals(lanes, count, column, "\0 "), step = step }
    rows[#rows + 1] = { rails = verticals(lanes, count, column, step.consumers > 0 and "│ " or "  "), below = step }
  end
  return rows
end

-- Lines ------------------------------------------------------------------------------

local function width_of(text) return utf8.len(text, 1, -1, true) or #text end

local function cut(text, width)
  if width_of(text) <= width then return text end
  if width < 2 then return "…" end
  return text:sub(1, utf8.offset(text, width) - 1) .. "…"
end

local function pad(text, width) return text .. string.rep(" ", width - width_of(text)) end

local SHADES = { completed = "green", cached = "blue", running = "yellow", failed = "red", stopped = "yellow",
  run = "yellow" }
local function shade(status) return SHADES[draw.class_of(status)] or "grey" end

local WORD <const>, TIME <const> = 9, 10

-- "ran        1.20 s  3.1x usual", as text and painted
local function right_of(node, colour)
  local word = node.status == "wait" and "wait" or draw.word(node.status)
  local took = draw.took(node) or node.status == "run" and node.usual and "~" .. format.seconds(node.usual) or ""
  local text = pad(word, WORD) .. string.rep(" ", TIME - width_of(took)) .. took
  local painted = colour(shade(node.status), pad(word, WORD)) .. string.rep(" ", TIME - width_of(took)) .. took
  return text, painted
end

local function slow_of(node)
  if node.slow then return string.format("%.1fx usual", node.seconds / node.usual) end
  if node.slow_count then return node.slow_count .. " slow" end
  if node.longest then return "longest" end
end

local function step_line(rails, step, o)
  local node = step.node
  local label = terminal_text.line(node.label) .. (node.count and " ×" .. format.count(node.count) or "")
  local text, painted = right_of(node, o.colour)
  local room = o.columns - width_of(rails) - width_of(text) - 2
  local slow = slow_of(node)
  label = cut(label, math.max(8, room))
  local gap = math.max(1, room - width_of(label) + 1)
  local mark = ""
  if slow and gap >= width_of(slow) + 3 then
    gap = gap - width_of(slow) - 2
    mark = o.colour(node.longest and not node.slow and "grey" or "yellow", slow) .. "  "
  end
  local glyph = o.colour(shade(node.status), GLYPHS[draw.class_of(node.status)] or "○")
  local before, after = rails:match "^(.-)%z(.*)$"
  return o.colour("grey", before) .. glyph .. o.colour("grey", after) .. label .. string.rep(" ", gap) .. mark
    .. painted
end

local function artifact_text(node)
  local text = terminal_text.line(node.label) .. (node.count and " ×" .. format.count(node.count) or "") .. "  "
    .. draw.note(node)
  return node.preview and text .. "  " .. terminal_text.line(node.preview) or text
end

local function names_text(list, sign)
  local names = {}
  for i, node in ipairs(list) do
    names[i] = terminal_text.line(node.label) .. (node.count and " ×" .. format.count(node.count) or "")
  end
  return sign .. " " .. table.concat(names, ", ")
end

-- "after a, b", "if check": what leads to the step without a value.
local function order_lines(step)
  local lines, by = {}, {}
  for _, one in ipairs(step.orders) do
    local word, name = one[1], terminal_text.line(one[2].label)
    if by[word] then lines[by[word]] = lines[by[word]] .. ", " .. name
    else lines[#lines + 1], by[word] = word .. " " .. name, #lines + 1 end
  end
  return lines
end

-- What stands below a step: its order, then its squares, a line each or one for all.
local function squares(step, full)
  local lines = order_lines(step)
  local function put(list, sign)
    if #list == 0 then return end
    if full and #list <= LISTED then for _,
        node in ipairs(list) do lines[#lines + 1] = (node.status == "missing" and "□" or sign) .. " "
        .. artifact_text(node) end
    else lines[#lines + 1] = names_text(list, sign) end
  end
  put(step.given, "□")
  put(step.makes, "■")
  return lines
end

local function rail_lines(rows, lines, o, full)
  for _, row in ipairs(rows) do
    if row.step then lines[#lines + 1] = step_line(row.rails, row.step, o)
    elseif row.below then
      for _, text in ipairs(squares(row.below, full)) do
        lines[#lines + 1] = o.colour("grey", row.rails) .. o.colour("grey", cut(text, o.columns - width_of(row.rails)))
      end
    else lines[#lines + 1] = o.colour("grey", row.rails) end
  end
end

-- Without rails: a line for each step and one for what it needs.
local function list_lines(order, lines, o)
  for _, step in ipairs(order) do
    lines[#lines + 1] = step_line("\0 ", step, o)
    local names = {}
    for i, from in ipairs(step.needs) do names[i] = terminal_text.line(from.node.label) end
    if #names > 0 then
      lines[#lines + 1] = o.colour("grey", cut("    after " .. table.concat(names, ", "), o.columns))
    end
  end
end

local function head_lines(drawing, o, lines)
  local about = drawing.kind ~= "plan" and drawing.status and drawing.status
    .. (drawing.seconds and " in " .. format.seconds(drawing.seconds) or "") .. ", " or ""
  lines[1] = o.colour("bold", cut(terminal_text.line(drawing.title), o.columns))
  lines[2] = o.colour("grey", cut(terminal_text.line(about .. (drawing.about or "")), o.columns))
  lines[3] = ""
end

local function legend(drawing)
  local seen, parts = {}, {}
  for _, node in ipairs(drawing.nodes) do
    seen[node.kind == "step" and "step" or node.kind == "value" and "value" or node.status == "missing" and "value"
      or "artifact"] = true
  end
  if seen.step then parts[#parts + 1] = "● step" end
  if seen.artifact then parts[#parts + 1] = "■ artifact" end
  if seen.value then parts[#parts + 1] = "□ given, or not made" end
  return table.concat(parts, "   ")
end

-- The signs for a terminal that does not read UTF-8; each takes one column, as what it stands for.
local PLAIN <const> = { ["●"] = "*", ["◌"] = "o", ["○"] = "o", ["◐"] = "~", ["✗"] = "x", ["▪"] = "-", ["–"] = "-",
  ["■"] = "#", ["□"] = "=", ["─"] = "-", ["│"] = "|", ["├"] = "+", ["┤"] = "+", ["┬"] = "+", ["┴"] = "+", ["┼"] = "+",
  ["╭"] = ".", ["╮"] = ".", ["╯"] = "'", ["╰"] = "'", ["×"] = "x", ["…"] = "~" }

---@param drawing Drawing
---@param options table see draw.render
---@return string
return function(drawing, options)
  local o = { columns = math.max(40, options.columns or 80), colour = options.colour
    or function(_, text) return text end }
  local seen = fold.readable(drawing, options)
  local order = in_order(steps_of(seen))
  local rows = lay_rails(order)
  if not rows and not options.all then
    seen = fold.fold(drawing, 3)
    order = in_order(steps_of(seen))
    rows = lay_rails(order)
  end
  local lines = {}
  head_lines(seen, o, lines)
  if rows then rail_lines(rows, lines, o, #order <= FEW) else list_lines(order, lines, o) end
  for i, line in ipairs(lines) do lines[i] = line:gsub("%s+$", "") end
  lines[#lines + 1] = ""
  lines[#lines + 1] = o.colour("grey", legend(seen) .. (seen.folded and "   alike steps are one line (--all unfolds)"
    or ""))
  local text = table.concat(lines, "\n") .. "\n"
  return options.ascii and text:gsub(utf8.charpattern, PLAIN) or text
end

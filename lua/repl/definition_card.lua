-- definition_card: steps and pipelines of the session, stacks and drawings as the prompt shows them.
--
--     step train(x: vector; rate = 0.1) -> score: number  main.lua:6

local format = require "rille.base.format"
local pipelines = require "rille.script.pipeline"
local preview = require "rille.artifact.preview"
local steps = require "rille.script.step"
local terminal = require "rille.base.terminal"

local definition_card = {}

local function grey(text) return format.in_colour("grey", text) end

local function value_text(v)
  if type(v) == "number" then return preview.of_number(v) end
  return type(v) == "string" and string.format("%q", v) or type(v) == "table" and "{…}" or tostring(v)
end

local function ports_text(list)
  local parts = {}
  for i, port in ipairs(list or {}) do parts[i] = port.name .. ": " .. tostring(port.type) end
  return table.concat(parts, ", ")
end

local function params_text(list)
  local parts = {}
  for i, port in ipairs(list or {}) do
    parts[i] = port.default == nil and port.name .. ": " .. tostring(port.type)
      or port.name .. " = " .. value_text(port.default)
  end
  return table.concat(parts, ", ")
end

local function of_definition(kind, v, bounds)
  steps.complete(v)
  local width = bounds.width
  local inputs, params = ports_text(rawget(v, "inputs")), params_text(rawget(v, "params"))
  local outputs, at = ports_text(rawget(v, "outputs")), rawget(v, "at")
  local takes = inputs .. (inputs ~= "" and params ~= "" and "; " or "") .. params
  local line = string.format("%s %s%s%s", kind, rawget(v, "name"),
    (takes ~= "" or outputs ~= "") and "(" .. takes .. ")" or "", outputs ~= "" and " -> " .. outputs or "")
  if at then line = line .. "  " .. grey(at) end
  local doc = rawget(v, "doc")
  line = terminal.wrapped(line, width)
  return type(doc) == "string" and line .. "\n" .. terminal.wrapped(doc, width) or line
end

local function of_step(step, bounds) return of_definition("step", step, bounds) end
local function of_pipeline(pipeline, bounds) return of_definition("pipeline", pipeline, bounds) end

-- A stack, and a line for each of its components.
local function of_stack(view)
  local kinds, rows = require "rille.stack.kinds", {}
  for _, kind in ipairs(kinds.names()) do
    for _, part in ipairs(view.all(kind)) do rows[#rows + 1] = { (kind:gsub("_", " ")), part.name, part.flavor } end
  end
  return "stack " .. view.name .. "\n" .. format.table({ "component", "name", "flavor" }, rows):gsub("\n$", "")
end

local function of_drawing(drawing, bounds)
  local draw = require "rille.show.draw"
  if not drawing.is_printed then
    local options = draw.for_terminal()
    options.columns = bounds.width
    return (draw.render(drawing, "text", options):gsub("\n$", ""))
  end
  return grey(string.format("graph of %s; .show _ opens it in a browser", drawing.title))
end

-- What makes the card of a value; nil where it is no definition.
---@param v any
---@return (fun(v: table, bounds: CardBounds): string)?
function definition_card.maker(v)
  if steps.is_step(v) then return of_step end
  if pipelines.is_pipeline(v) then return of_pipeline end
  local meta = debug.getmetatable(v)
  local name = type(meta) == "table" and rawget(meta, "__name")
  local view = name == "stack of a run" and package.loaded["rille.stack.view"]
  if view and meta == view.View then return of_stack end
  local draw = name == "graph" and package.loaded["rille.show.draw"]
  return draw and draw.is(v) and of_drawing or nil
end

return definition_card

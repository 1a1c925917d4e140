-- draw: pipelines, runs and lineages as drawings.
--
-- A drawing is plain data, which build.lua makes and svg, html, dot, mermaid, json and text
-- write; Drawing gives it methods.  Steps have the statuses of runs and of plans (run,
-- cached, wait); an artifact has that of its step, "given" when the script gives it,
-- "missing" when there is none.

---@class DrawnNode
---@field id string
---@field kind "step"|"artifact"|"value"
---@field label string
---@field status string
---@field type string? of an artifact or a value
---@field seconds number? that the step took
---@field usual number? seconds that it took before
---@field slow boolean? it took much longer than usual
---@field longest boolean? it took most of the time
---@field size integer? bytes
---@field digest string? in hexadecimal
---@field preview string?
---@field details string[][] { name, text }, ...
---@field group string nodes of one group may be folded
---@field count integer? how many nodes were folded into this one
---@field members integer[]? their numbers (fold.lua, mixed)
---@field text string? the line below the label, where it is not of a status
---@field drawn DrawnStep? of build.lua, of a step
---@field given string[][]? { port, text }: values that a step was given and that are no nodes

---@class DrawnEdge
---@field from integer number of a node
---@field to integer
---@field ports string[]
---@field dashed boolean?
---@field order boolean? no value goes along it

---@class Drawing
---@field title string
---@field kind "run"|"plan"|"lineage"
---@field status string
---@field seconds number?
---@field about string a line below the title
---@field nodes DrawnNode[]
---@field edges DrawnEdge[]
---@field run table? the row of the run
---@field folded integer? how many nodes there were before some were folded
---@field is_printed boolean? its text was printed

local display = require "rille.base.display"
local errors = require "rille.base.errors"
local output_file = require "rille.host.output_file"
local text_format = require "rille.base.format"
local suggest = require "rille.base.suggest"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"

local draw = {}

local Drawing = { __name = "graph" }
Drawing.__index = Drawing

-- The colours of statuses, everywhere: fill, line, text on the fill.
draw.COLOURS = {
  completed = { "#22577A", "#22577A", "#FFFFFF" }, cached = { "#BFD7B5", "#5E8550", "#1D3316" },
  running = { "#FFB100", "#A87400", "#3A2900" },
  failed = { "#AD5D4E", "#8C4437", "#FFFFFF" }, skipped = { "#E4E7EA", "#8A949E", "#3C454E" },
  run = { "#FFFFFF", "#22577A", "#22577A" },
  wait = { "#FFFFFF", "#8A949E", "#3C454E" }, given = { "#FFFFFF", "#5B6670", "#3C454E" },
}
for _, name in ipairs { "stopped", "pending", "unknown", "missing" } do draw.COLOURS[name] = draw.COLOURS.skipped end
draw.COLOURS.retrying = draw.COLOURS.running

-- The class of colours of a status, also of one that is not known here.
function draw.class_of(status)
  if status == "retrying" then return "running" end
  return draw.COLOURS[status] and status or "skipped"
end

-- The signs of steps, by status, in text.
draw.GLYPHS = { completed = "●", cached = "◌", running = "◐", failed = "✗", skipped = "–", stopped = "▪", pending = "○",
  unknown = "○", run = "●", wait = "○" }

-- What a status is called for people.
local WORDS = { completed = "ran", run = "would run", wait = "undecided", pending = "not run", missing = "not made" }
function draw.word(status) return WORDS[status] or status end

-- How long a step took, for people: "1.20 s", or nothing.
function draw.took(node)
  return node.seconds and node.status ~= "cached" and text_format.seconds(node.seconds) or nil
end

-- "3.1x its usual 0.40 s", for a step that took too long.
function draw.slowness(node)
  if not node.slow then return nil end
  return string.format("%.1fx its usual %s", node.seconds / node.usual, text_format.seconds(node.usual))
end

-- The line below a node's label.
function draw.note(node)
  if node.text then return node.text end
  if node.kind == "step" then
    local took = draw.took(node)
    local word = draw.word(node.status)
    if took then word = word .. (node.status == "failed" and " after " or " ") .. took end
    if node.count and took then word = word .. " in all" end
    if node.slow then return word .. ", " .. draw.slowness(node) end
    if node.longest then return word .. ", the longest" end
    if node.status == "run" and node.usual then return word .. ", about " .. text_format.seconds(node.usual) end
    return word
  end
  local parts = { node.type or node.kind }
  if node.status == "missing" then parts[#parts + 1] = "not made"
  elseif node.size then parts[#parts + 1] = text_format.bytes(node.size) .. (node.count and " in all" or "") end
  return table.concat(parts, ", ")
end

-- Formats ----------------------------------------------------------------------

local FORMATS = { "svg", "html", "dot", "mermaid", "json", "text" }
local EXTENSIONS = { svg = "svg", html = "html", htm = "html", dot = "dot", gv = "dot", mmd = "mermaid",
  mermaid = "mermaid", json = "json", txt = "text" }
draw.FORMATS = FORMATS

-- The format that a path's extension says, or nil and why none.
function draw.format_of(path)
  local extension = path:match "%.([^./]+)$"
  local format = extension and EXTENSIONS[extension:lower()]
  if format then return format end
  return nil, string.format("%s: unknown extension%s; available: .svg, .html, .dot, .mmd, .json, .txt", path,
    extension and suggest.nearest(extension, FORMATS) and "; did you mean ." .. suggest.nearest(extension, FORMATS)
      .. "?" or "")
end

local MODULES = { svg = "rille.show.draw.svg", html = "rille.show.draw.html", dot = "rille.show.draw.dot",
  mermaid = "rille.show.draw.mermaid", json = "rille.show.draw.drawing_json", text = "rille.show.draw.text" }

local ALL = { all = true }

-- The drawing in a format.  options: { all = true } folds nothing; of text also
-- columns, colour, function(colour, text), and ascii = true.
---@param format "svg"|"html"|"dot"|"mermaid"|"json"|"text"
---@param options? table
---@return string
function draw.render(self, format, options)
  return require(MODULES[format])(self, options or {})
end

local function method(format)
  return function(self, options, ...)
    errors.check_self(self, Drawing, format, ...)
    if options ~= nil then
      if type(options) ~= "table" then
        errors.raise("graph:%s takes a table of options, found %s", format, errors.describe(options))
      end
      errors.check_fields("graph:" .. format, options, ALL)
    end
    return draw.render(self, format, options)
  end
end

for _, format in ipairs(FORMATS) do Drawing[format] = method(format) end

-- graph:save "x.svg": the extension says the format.
---@param path string .svg .html .dot .mmd .json .txt, relative to the script's folder
---@param options? { all?: boolean }
function Drawing:save(path, options, ...)
  errors.check_self(self, Drawing, "save", ...)
  if type(path) ~= "string" then errors.raise("graph:save: expected a path, found %s", errors.describe(path)) end
  local format, message = draw.format_of(path)
  if not format then errors.raise("graph:save: %s", message) end
  local text = self[format](self, options)
  local ok, why = output_file.write(require("rille.project").resolve(path), text)
  if not ok then errors.raise("graph:save: %s", why) end
  return path
end

-- How text is drawn on standard output: as wide as the terminal, in colour, and in ASCII where it reads no UTF-8.
---@return { columns: integer, colour: function, ascii: boolean }
function draw.for_terminal()
  local is_terminal, columns = sys.is_terminal(1)
  return { columns = is_terminal and columns or 80, colour = text_format.in_colour,
    ascii = is_terminal and not require("rille.show.plot.text").is_utf8() }
end

-- Prints the text.
function Drawing:print(...)
  errors.check_self(self, Drawing, "print", ...)
  if display.show(self) then return end
  terminal.put(draw.render(self, "text", draw.for_terminal()))
  rawset(self, "is_printed", true)
end

function Drawing:__tostring() return draw.render(self, "text") end

errors.refuse(Drawing, "__call", "__concat")
errors.strict(Drawing, "title kind status seconds about nodes edges run folded is_printed")

---@param v any
---@return boolean
function draw.is(v) return debug.getmetatable(v) == Drawing end

---@param value any
---@return boolean
function draw.is(value) return debug.getmetatable(value) == Drawing end

-- Makes a drawing of its fields.
---@param fields table
---@return Drawing
function draw.new(fields)
  return setmetatable(fields, Drawing)
end

return draw

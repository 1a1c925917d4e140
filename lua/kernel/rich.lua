-- rich: values as front ends show them: { ["text/plain"] = TEXT, ["text/html"] = ... }.
--
-- A drawing is an image within HTML: front ends hide SVG of notebooks that they do not trust, and the image's code
-- cannot run.  A frame is a table.

local draw = require "rille.show.draw"
local frame = require "rille.frame"

local rich = {}

local ROWS <const>, COLUMNS <const>, CELL <const> = 20, 40, 100      -- of the table of a frame

-- The text with U+FFFD for what is no UTF-8.
---@param text string
---@return string
function rich.clean(text)
  local _, bad = utf8.len(text)
  if not bad then return text end
  local parts, from = {}, 1
  while bad do
    parts[#parts + 1], from = text:sub(from, bad - 1) .. "\u{FFFD}", bad + 1
    _, bad = utf8.len(text, from)
  end
  return table.concat(parts) .. text:sub(from)
end

local ESCAPES <const> = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }

local function escaped(text) return (rich.clean(text):gsub('[&<>"]', ESCAPES)) end

-- Images -------------------------------------------------------------------------------------

local LETTERS <const> = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local function base64(text)
  local out = {}
  for at = 1, #text, 3 do
    local a, b, c = text:byte(at, at + 2)
    local bits = a << 16 | (b or 0) << 8 | (c or 0)
    for i = 0, 3 do
      local index = bits >> (18 - 6 * i) & 63
      out[#out + 1] = (i == 2 and not b or i == 3 and not c) and "=" or LETTERS:sub(index + 1, index + 1)
    end
  end
  return table.concat(out)
end

local function image(svg) return '<img src="data:image/svg+xml;base64,' .. base64(svg) .. '">' end

---@param drawn { svg: string, text: string }
---@return table
function rich.of_drawing(drawn)
  return { ["text/plain"] = rich.clean((drawn.text:gsub("\n$", ""))), ["text/html"] = image(drawn.svg) }
end

-- Frames -------------------------------------------------------------------------------------

local function text_of(v)
  if math.type(v) ~= "float" then return rich.clean(tostring(v)) end
  return v == v and string.format("%.6g", v) or "nan"
end

local function cell(v)
  local text = text_of(v)
  if utf8.len(text) > CELL then text = text:sub(1, utf8.offset(text, CELL) - 1) .. "…" end
  return "<td>" .. escaped(text) .. "</td>"
end

local function head_of(columns, n)
  local cells = {}
  for i = 1, n do cells[i] = "<th>" .. escaped(columns[i]) .. "</th>" end
  return "<tr>" .. table.concat(cells) .. "</tr>"
end

local function left_out(f, rows, columns)
  local parts = {}
  if rows < f.n_rows then parts[1] = string.format("%d of %d rows", rows, f.n_rows) end
  if columns < #f.columns then parts[#parts + 1] = string.format("%d of %d columns", columns, #f.columns) end
  return parts[1] and "<p>" .. table.concat(parts, ", ") .. "</p>" or ""
end

local function of_frame(f)
  local rows, n, lines, data = math.min(f.n_rows, ROWS), math.min(#f.columns, COLUMNS), {}, {}
  local head = f:head(rows)
  for k = 1, n do data[k] = head:column(f.columns[k]) end
  for i = 1, rows do
    local cells = {}
    for k = 1, n do cells[k] = cell(data[k][i]) end
    lines[i] = "<tr>" .. table.concat(cells) .. "</tr>"
  end
  return string.format('<table border="1" class="dataframe"><thead>%s</thead><tbody>\n%s\n</tbody></table>%s',
    head_of(f.columns, n), table.concat(lines, "\n"), left_out(f, rows, n))
end

-- Values -------------------------------------------------------------------------------------

local function html_of(value)
  if frame.is(value) then return of_frame(value) end
  if draw.is(value) then return image(value:svg()) end
  return nil
end

---@param value any
---@param text string of it
---@return table<string, string> by type of media
function rich.of(value, text)
  return { ["text/plain"] = rich.clean(text), ["text/html"] = html_of(value) }
end

-- Several results are shown below each other.
---@param results { [1]: any, [2]: string }[]
---@return table<string, string>
function rich.of_results(results)
  local texts, parts, is_rich = {}, {}, false
  for i, result in ipairs(results) do
    local html = html_of(result[1])
    texts[i], is_rich = rich.clean(result[2]), is_rich or html ~= nil
    parts[i] = html or "<pre>" .. escaped(result[2]) .. "</pre>"
  end
  return { ["text/plain"] = table.concat(texts, "\n"), ["text/html"] = is_rich and table.concat(parts, "\n") or nil }
end

return rich

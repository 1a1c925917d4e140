-- html: a drawing as one page that works offline.
--
-- The page (page.html) has what is known of the drawing as JSON (page_data.lua), a style and a script, which is made
-- of page_view.js (places, shapes, zoom), page_fold.js (groups), page_panel.js (the panel beside the drawing),
-- page_step.js (what it says of a step) and page.js (keys, search, what is opened first).  The page loads nothing,
-- and runs no other script: its policy has the digests of these two.  Texts of runs become text nodes, never markup.

local hash = require "rille.host.hash"
local origin = require "rille.host.origin"
local page_data = require "rille.show.draw.page_data"
local svg = require "rille.show.draw.svg"

local SCRIPTS <const> = { "page_view.js", "page_fold.js", "page_panel.js", "page_step.js", "page.js" }
local STYLES <const> = { "page.css", "page_panel.css" }

local SAMPLE <const> = '<span><svg class="n %s %s" width="20" height="20" viewBox="-14 -14 28 28" '
  .. 'aria-hidden="true">%s</svg>%s</span>'

local function legend_of(drawing)
  local parts = {}
  for _, one in ipairs(svg.legend(drawing)) do
    parts[#parts + 1] = string.format(SAMPLE, one.kind, one.status or "", svg.sample(one), svg.escape(one.text))
  end
  return table.concat(parts)
end

local function texts_of(names)
  local parts = {}
  for k, name in ipairs(names) do parts[k] = origin.text("lua/show/draw/" .. name) end
  return table.concat(parts)
end

local ALPHABET <const> = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

-- The 32 bytes of a digest in base 64.
local function base64(digest)
  local parts = {}
  for i = 1, #digest, 3 do
    local a, b, c = digest:byte(i, i + 2)
    local n = a << 16 | (b or 0) << 8 | (c or 0)
    for k = 18, 0, -6 do
      local at = (n >> k & 63) + 1
      parts[#parts + 1] = ALPHABET:sub(at, at)
    end
  end
  return table.concat(parts, "", 1, #parts - 1) .. "="
end

local function allowed(text) return "'sha256-" .. base64(hash.sha256(text)) .. "'" end

---@param drawing Drawing
---@param options table see draw.render
---@return string
return function(drawing, options)
  local script = '"use strict";\n(function () {\n' .. texts_of(SCRIPTS) .. "})();\n"
  local style = svg.style() .. texts_of(STYLES)
  local parts = {
    title = svg.escape(drawing.title), legend = legend_of(drawing), style = style, script = script,
    style_digest = allowed(style), script_digest = allowed(script), data = page_data(drawing, options),
    marker = svg.MARKER, lit_marker = svg.MARKER:gsub('"tip"', '"tip-lit"'),
  }
  return (origin.text("lua/show/draw/page.html"):gsub("{{([%l_]+)}}", parts))
end

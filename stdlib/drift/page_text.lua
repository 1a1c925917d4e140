-- page_text: texts of a report as HTML has them.

local text_width = require "rille.base.text_width"

local page_text = {}

local ESCAPES <const> = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" }

local function valid(text)
  if utf8.len(text) then return text end
  return (text:gsub("[\x80-\xff]", "\u{FFFD}"))
end

---@param text string
---@return string
function page_text.escape(text)
  return (valid(text):gsub("[&<>\"']", ESCAPES):gsub("[%z\1-\8\11\12\14-\31\127]", "\u{FFFD}"))
end

---@param text string
---@param most integer columns
function page_text.cut(text, most) return text_width.cut(valid(text), most) end

return page_text

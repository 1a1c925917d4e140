-- notebook_test: the notebook of examples/notebook/ runs from top to bottom; what stands in it is what its cells give.
-- build/rille tests/pages/notebook_test.lua --update writes that into it.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local json = require "rille.json"
local jupyter = require "jupyter"
local paths = require "paths"
local scratch = require "scratch"

local update = arg[1] == "--update"

-- The text without what differs from run to run: names of runs, times and the widths of their columns, dates, images.
local function steady(text)
  if type(text) == "table" then text = table.concat(text) end
  text = text:gsub("base64,[%w+/=]+", "base64"):gsub("%d%d%d%d%d%d%d%d%-%d%d%d%d%d%d%-%d+", "RUN")
  text = text:gsub(" *[%d.]+ [num]?s%f[%W]", " TIME"):gsub("%d%d%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d", "DATE")
  text = text:gsub(" +", " ")
  return (text:gsub("; slowest [^\n]*", ""):gsub("%f[%w]slowest [^\n]*", ""))
end

-- The outputs of the cells, a text each.
local function outputs(notebook)
  local list = {}
  for _, cell in ipairs(notebook.cells) do
    for _, out in ipairs(cell.outputs or {}) do
      local parts = { out.output_type, out.name and steady(out.text) or "" }
      for _, kind in ipairs { "text/plain", "text/html" } do
        local text = out.data and out.data[kind]
        if text then parts[#parts + 1] = kind .. "\n" .. steady(text) end
      end
      list[#list + 1] = table.concat(parts, "\n")
    end
  end
  return list
end

check.test("the notebook runs from top to bottom and shows what stands in it", function()
  jupyter.need(check)
  local project <close> = scratch.new()
  local r = project:sh(string.format("cp -r %s/examples/data %s/examples/notebook . && cd notebook && %s"
    .. "/usr/bin/jupyter nbconvert --to notebook --execute --output made wines.ipynb", paths.root, paths.root,
    jupyter.ENVIRONMENT))
  check.eq(r.code, 0, r.err)
  if update then project:sh(string.format("cp notebook/made.ipynb %s/examples/notebook/wines.ipynb", paths.root)) end
  local written = outputs(json.read(paths.root .. "/examples/notebook/wines.ipynb"))
  local made = outputs(json.read(project:path "notebook/made.ipynb"))
  check.eq(#made, #written)
  for i, text in ipairs(written) do check.eq(made[i], text) end
end)

check.done()

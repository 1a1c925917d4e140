-- What the prompt knows of rille's own functions.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local library_docs = require "rille.repl.library_docs"

local test = check.test

local function shown(path)
  local doc, classes = library_docs.of(path)
  return doc and library_docs.shown(doc, classes)
end

test("a function has its parameters, what it returns, and the fields of its options", function()
  local text = shown "rille.csv.read"
  check.has(text, "function csv.read(path, options)\n  takes    path     string\n")
  check.has(text, "\n           options  rille.CsvOptions?\n")
  check.has(text, "  returns  rille.Frame\n  options  header ")
  check.has(text, "separator   string?  else the one that the first records have")
  check.has(shown "rille.step", "  fields   doc ")
end)

test("methods are found by their class, whatever the case", function()
  check.has(shown "frame.join", "function Frame:join(other, by, how, suffixes)")
  check.has(shown "run:graph", "function Run:graph()\n  returns  rille.Drawing")
  check.eq(shown "rille.nosuch", nil)
  check.eq(shown "string.rep", nil)
end)

test("every function of a description can be shown", function()
  local n = 0
  for _, module in ipairs { "csv", "frame", "array", "json", "svm", "split", "rille" } do
    for _, line in ipairs(library_docs.functions_of(module) or {}) do
      n = n + 1
      check.ok(shown(line:match "^[^(]*"), line)
    end
  end
  check.ok(n > 30, n)
end)

check.done()

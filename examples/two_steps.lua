-- two_steps: the output of one step is the input of the next.
--
-- If you change the text, both steps run.  If the new words have the same lengths,
-- only `words` runs: the input of `count` is unchanged (early cutoff).

local rille = require "rille"
local t = rille.types

local TEXT = "the quick brown fox jumps over the lazy dog"

local words = rille.step "words" {
  outputs = { t.list(t.integer) "lengths" },
  run = function()
    local lengths = {}
    for word in TEXT:gmatch "%a+" do lengths[#lengths + 1] = #word end
    return lengths
  end,
}

local count = rille.step "count" {
  inputs  = { t.list(t.integer) "lengths" },
  outputs = { t.integer "letters", t.number "mean" },
  run = function(lengths)
    local sum = 0
    for _, n in ipairs(lengths) do sum = sum + n end
    return sum, sum / #lengths
  end,
}

local text = rille.pipeline "two_steps" {
  define = function() count(words()) end,
}

if rille.main() then
  local run = text:run {}
  local out = run.steps.count.outputs
  print(string.format("%d letters, %.2f a word", out.letters:load(), out.mean:load()))
end
return text

-- metric_name_test.lua -- NAME and STEP.NAME, as metrics are named everywhere.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local metric_name = require "rille.script.metric_name"

check.test("a metric is NAME or STEP.NAME, also after metric., with quotes around other characters", function()
  local function read(text)
    local step, name = metric_name.read(text)
    return (step or "-") .. " " .. name
  end
  for text, meant in pairs { acc = "- acc", ["train.acc"] = "train acc", ["metric.acc"] = "- acc",
    ["metric.train.acc"] = "train acc", ["metrics.train.acc"] = "train acc", ['"val/loss"'] = "- val/loss",
    ['train."val/loss"'] = "train val/loss", ['"train.v2".acc'] = "train.v2 acc", ['metric."a.b"'] = "- a.b",
    metric = "- metric", ["val/loss"] = "- val/loss", ["a.b.c"] = "- a.b.c", ["m[3].acc"] = "- m[3].acc" } do
    check.eq(read(text), meant, text)
  end
end)

check.test("a text that is not joined by dots has no names", function()
  check.eq({ metric_name.split 'a."b c".d', metric_name.split "a" }, { { "a", "b c", "d" }, { "a" } })
  for _, text in ipairs { "", ".a", "a.", "a..b", 'a"b"', '"a', "a b" } do
    check.eq(metric_name.split(text), nil, text)
  end
end)

check.done()

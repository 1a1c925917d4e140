-- counts: the classes of labels, and how often each is true and predicted.

local RANK = require("rille.metrics.arguments").RANK

local counts = {}

local function before(a, b)
  if type(a) ~= type(b) then return RANK[type(a)] < RANK[type(b)] end
  if type(a) == "boolean" then return not a and b end
  return a < b
end

-- The different labels of the lists, ascending.
---@param ... table
---@return (number|boolean|string)[]
function counts.labels(...)
  local labels, seen = {}, {}
  for _, list in ipairs { ... } do
    for _, v in ipairs(list) do
      if not seen[v] then
        seen[v] = true
        labels[#labels + 1] = v
      end
    end
  end
  table.sort(labels, before)
  return labels
end

-- For each label { label, hit, predicted, support }, ascending.
---@return table[]
function counts.of(y, pred)
  local list, of = counts.labels(y, pred), {}
  for i, label in ipairs(list) do
    of[label] = { label = label, hit = 0, predicted = 0, support = 0 }
    list[i] = of[label]
  end
  for i, truth in ipairs(y) do
    local t, p = of[truth], of[pred[i]]
    t.support = t.support + 1
    p.predicted = p.predicted + 1
    if t == p then t.hit = t.hit + 1 end
  end
  return list
end

-- The positive class when none is named: true or 1 where it is a label, otherwise the greater label.
---@param labels (number|boolean|string)[] ascending
function counts.positive(labels)
  local last = labels[#labels]
  for _, label in ipairs(labels) do
    if label == 1 then return 1 end
  end
  if last == 0 then return 1 end
  return type(last) == "boolean" or last
end

return counts

-- expand_maps: a list of steps to draw (DrawnStep of build.lua), with its maps replaced by their
-- items: one circle each, between what the map takes and what takes the map.
--
-- A step of the list that is a map has items = { position... } of the list, in
-- order; a run's has mapped = { [port] = true } and rows = the items' rows, for
-- which add makes the steps first.

local expand_maps = {}

-- The source that item k has of a source of the map; several are a list in the script.
local function source_of(list, input, k, is_mapped)
  if not is_mapped then return table.move(input, 1, #input, 1, { port = input.port }) end
  local source = input[2] and input[k] or input[1]
  local items = list[source[1]] and list[source[1]].items
  return { port = input.port, items and { items[k], source[2] } or source }
end

-- Appends the items of the maps of a run.
---@param list table[] steps by position
---@param make fun(row: table, map: table): table a step of the row, without inputs
function expand_maps.add(list, make)
  for i = 1, #list do
    local map = list[i]
    if map.rows then
      map.items = {}
      for k, row in ipairs(map.rows) do
        local item = make(row, map)
        item.inputs = {}
        for n, input in ipairs(map.inputs) do item.inputs[n] = source_of(list, input, k, map.mapped[input.port]) end
        item.after = map.after
        list[#list + 1] = item
        map.items[k] = #list
      end
    end
  end
end

-- { position } or the positions of a map's items, in the new list.
local function places(list)
  local at, n = {}, 0
  local function place(i)
    n = n + 1
    at[i] = { n }
    return i
  end
  local order, is_item = {}, {}
  for _, one in ipairs(list) do for _, j in ipairs(one.items or {}) do is_item[j] = true end end
  for i, one in ipairs(list) do
    if one.items and one.items[1] then
      for _, j in ipairs(one.items) do order[#order + 1] = place(j) end
    elseif not is_item[i] then
      order[#order + 1] = place(i)
    end
  end
  for i, one in ipairs(list) do
    if one.items and one.items[1] then
      at[i] = {}
      for k, j in ipairs(one.items) do at[i][k] = at[j][1] end
    end
  end
  return order, at
end

local function moved_input(input, at)
  local made = { port = input.port }
  for _, source in ipairs(input) do
    if source[1] == 0 then made[#made + 1] = source end
    for _, j in ipairs(at[source[1]] or {}) do made[#made + 1] = { j, source[2], label = source.label } end
  end
  return made
end

local function moved_after(after, at)
  local made = {}
  for _, one in ipairs(after or {}) do
    for _, j in ipairs(at[one[1]] or {}) do made[#made + 1] = { j, one[2] } end
  end
  return made
end

-- The steps without the maps that have items; wires lead to and from the items.
---@param list table[]
---@return table[]
function expand_maps.of(list)
  local order, at = places(list)
  local made = {}
  for n, i in ipairs(order) do
    local one = list[i]
    local inputs = {}
    for k, input in ipairs(one.inputs) do inputs[k] = moved_input(input, at) end
    one.inputs, one.after = inputs, moved_after(one.after, at)
    made[n] = one
  end
  return made
end

return expand_maps

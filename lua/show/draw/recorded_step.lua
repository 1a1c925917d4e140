-- recorded_step: parts of a DrawnStep (build.lua) from a row of the metadata.

local recorded_step = {}

-- given(port, k): what a recorded step was given; its rows repeat the port for lists.
---@param row table?
---@return fun(port: string, k: integer): string?, string?, integer?
function recorded_step.given(row)
  local by_port = {}
  for _, input in ipairs(row and row.inputs or {}) do
    by_port[input.name] = by_port[input.name] or {}
    table.insert(by_port[input.name], input)
  end
  return function(port, k)
    local input = by_port[port] and by_port[port][k]
    if input then return input.digest, input.type, input.size end
  end
end

-- The artifacts that a recorded step made, by the names of its outputs.
---@param row table?
---@param outputs string[]
---@return (table|false)[]
function recorded_step.made(row, outputs)
  local by_name, list = {}, {}
  for _, output in ipairs(row and row.outputs or {}) do by_name[output.name] = output end
  for k, name in ipairs(outputs) do list[k] = by_name[name] or false end
  return list
end

-- Adds a source to the last of the inputs, or to a new one where that is of another port.
---@param inputs table[]
---@param port string
---@param source table
function recorded_step.add_source(inputs, port, source)
  local last = inputs[#inputs]
  if not last or last.port ~= port then
    last = { port = port }
    inputs[#inputs + 1] = last
  end
  last[#last + 1] = source
end

-- The names of a list of outputs.
---@return string[]
function recorded_step.names(outputs)
  local names = {}
  for k, output in ipairs(outputs or {}) do names[k] = output.name end
  return names
end

return recorded_step

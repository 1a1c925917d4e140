-- kernel_sockets: what the program gives to lua/kernel/: the sockets of a Jupyter kernel (host/kernel/kernellib.h).

local kernel_sockets = {}

local open                  -- a function that the program gives to lua/main.lua; nil in a library

---@param open_sockets (fun(options: table): table?, string?)?
function kernel_sockets.connect(open_sockets) open = open_sockets end

-- Opened sockets, or nil and what is wrong.
---@param options table
---@return table? sockets, string? message
function kernel_sockets.open(options)
  if not open then return nil, "a kernel is a process of its own: rille kernel" end
  return open(options)
end

return kernel_sockets

-- display: who shows a drawing that is printed, where that is no stream: the kernel (lua/kernel/) shows images.

local display = {}

local shower                -- of the kernel

---@param f (fun(drawing: table): boolean)? whether the drawing has been shown
function display.connect(f) shower = f end

---@param drawing table
---@return boolean shown
function display.show(drawing) return shower ~= nil and shower(drawing) end

return display

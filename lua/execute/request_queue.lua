-- request_queue: requests that were sent to a worker and not answered, oldest first.

local request_queue = {}

---@class RequestQueue
---@field head Request?    the oldest, which the worker runs
---@field count integer
---@field first integer    where the head is in the list
---@field list table<integer, Request>
local Queue = {}
Queue.__index = Queue

---@return RequestQueue
function request_queue.new() return setmetatable({ head = nil, count = 0, first = 1, list = {} }, Queue) end

-- The k-th oldest.
---@param k integer
---@return Request?
function Queue:at(k) return self.list[self.first + k - 1] end

---@param request Request
function Queue:push(request)
  local count = self.count
  self.list[self.first + count] = request
  self.count = count + 1
  if count == 0 then self.head = request end
end

-- Takes the oldest out.
---@return Request
function Queue:shift()
  local list, first = self.list, self.first
  local request = list[first]
  list[first] = nil
  self.first, self.count, self.head = first + 1, self.count - 1, list[first + 1]
  return request
end

-- Takes out those from the k-th on.
---@param k integer
---@return Request[]
function Queue:cut(k)
  local cut = {}
  for i = self.first + k - 1, self.first + self.count - 1 do cut[#cut + 1], self.list[i] = self.list[i], nil end
  self.count = math.min(self.count, k - 1)
  if self.count == 0 then self.head = nil end
  return cut
end

return request_queue

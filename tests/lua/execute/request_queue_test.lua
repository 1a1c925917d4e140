-- request_queue_test.lua -- requests in the order in which they were sent.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local request_queue = require "rille.execute.request_queue"

local function texts(queue)
  local list = {}
  for k = 1, queue.count do list[k] = queue:at(k) end
  return table.concat(list, " ")
end

check.test("requests come out in the order in which they went in", function()
  local queue = request_queue.new()
  check.eq({ queue.count, queue.head }, { 0, nil })
  for i = 1, 3 do queue:push("r" .. i) end
  check.eq({ queue.count, queue.head, texts(queue) }, { 3, "r1", "r1 r2 r3" })
  check.eq(queue:shift(), "r1")
  queue:push "r4"
  check.eq({ queue.head, texts(queue) }, { "r2", "r2 r3 r4" })
  for i = 2, 4 do check.eq(queue:shift(), "r" .. i) end
  check.eq({ queue.count, queue.head }, { 0, nil })
  queue:push "again"
  check.eq({ queue.head, texts(queue) }, { "again", "again" })
end)

check.test("the later ones are taken back", function()
  local queue = request_queue.new()
  for i = 1, 5 do queue:push("r" .. i) end
  queue:shift()
  check.eq(queue:cut(3), { "r4", "r5" })
  check.eq({ queue.head, texts(queue) }, { "r2", "r2 r3" })
  check.eq(queue:cut(3), {})
  queue:push "r6"
  check.eq(texts(queue), "r2 r3 r6")
  check.eq(queue:cut(1), { "r2", "r3", "r6" })
  check.eq({ queue.count, queue.head }, { 0, nil })
end)

check.done()

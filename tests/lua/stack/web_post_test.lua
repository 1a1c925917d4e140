-- How long a server asks to wait; the rest is in flavor/alerter/webhook_test.lua.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local web_post = require "rille.stack.web_post"

check.test("Retry-After is a number of seconds or a date", function()
  check.eq(web_post.pause_of("7", 0), 7)
  check.eq(web_post.pause_of("-7", 0), 0)
  check.eq(web_post.pause_of("Sun, 06 Nov 1994 08:49:37 GMT", 784111770), 7)
  check.eq(web_post.pause_of("Thu, 29 Feb 2024 00:00:00 GMT", 1709164700), 100)
  check.eq(web_post.pause_of("Sun, 06 Nov 1994 08:49:37 GMT", 984111770), 0)
  check.eq(web_post.pause_of("soon", 0), nil)
end)

check.done()

-- rille.host.http_post, against a web server of its own process.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local http_post = require "rille.host.http_post"
local http_server = require "http_server"

if not http_server.available() then
  check.skip("posts", "lua-socket is not installed")
  return check.done()
end

-- Posts, and waits for the answer, at most 10 s.
local function post(plan)
  local one <close> = assert(http_post.start(plan))
  for _ = 1, 100 do
    local done, message, code = one:wait(0.1)
    if done == nil then return nil, message, code end
    if done then return one:answer() end
  end
  error "no end"
end

local server <close> = http_server.start()

local function plan(path, seconds)
  return { url = server:url(path), body = '{"text":"h\0\xc3\xa9"}', headers = { "Content-Type: application/json" },
    seconds = seconds or 5 }
end

check.test("a post arrives with its bytes and headers, and has an answer", function()
  local status, body, after = post(plan "/ok")
  check.eq(status, 200)
  check.eq(body, "done")
  check.eq(after, "")
  local got = server:requests()[1]
  check.eq(got.path, "/ok")
  check.eq(got.body, '{"text":"h\0\xc3\xa9"}')
  check.eq(got.headers["content-type"], "application/json")
  check.eq(got.headers["user-agent"], "rille")
end)

check.test("statuses and Retry-After are those of the server", function()
  local status, _, after = post(plan "/limited/1/7")
  check.eq(status, 429)
  check.eq(after, "7")
  check.eq((post(plan "/status/503")), 503)
end)

check.test("of a large answer the beginning is kept", function()
  local status, body, after = post(plan "/large/3000000")
  check.eq({ status, #body, #after }, { 200, 2000, 63 })
end)

check.test("a redirection is not followed", function()
  check.eq((post(plan "/redirect")), 302)
  check.eq(server:requests()[#server:requests()].path, "/redirect")
end)

check.test("a slow server, one that hangs up, one that is not there are errors without the URL", function()
  local status, message = post(plan("/slow/2?secret", 0.3))
  check.eq(status, nil)
  check.ok(message:find "[Tt]ime", message)
  check.ok(not message:find "secret", message)
  status, message = post(plan "/hangup?secret")
  check.eq(status, nil)
  check.ok(not message:find "secret", message)
  status, message = post { url = "http://127.0.0.1:1/secret", body = "", headers = {}, seconds = 5 }
  check.eq(status, nil)
  check.ok(message:find "127.0.0.1" and not message:find "secret", message)
end)

check.test("only http and https are spoken", function()
  local status, message = post { url = "file:///etc/passwd", body = "", headers = {}, seconds = 5 }
  check.eq(status, nil)
  check.ok(message:find "file", message)
end)

check.test("a post that is closed before its answer ends at once", function()
  local began = os.time()
  do
    local one <close> = http_post.start(plan("/slow/1", 60))
    one:wait(0.05)
  end
  check.ok(os.time() - began < 2)
end)

check.test("misuse raises", function()
  check.raises(function() http_post.start { url = "http://x\0y", body = "", headers = {}, seconds = 1 } end, "zero")
  check.raises(function() http_post.start { url = "http://x", body = "", headers = { 1 }, seconds = 1 } end, "zero")
  check.raises(function() http_post.start { url = "http://x", body = "", headers = {}, seconds = 0 } end, "seconds")
end)

check.done()

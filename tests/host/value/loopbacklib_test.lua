-- rille.host.loopback, against a web server of its own process.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local http_server = require "http_server"
local loopback = require "rille.host.loopback"

if not http_server.available() then
  check.skip("requests", "lua-socket is not installed")
  return check.done()
end

local server <close> = http_server.start()

local function ask(path, body, seconds, most, port)
  body = body or "x"
  return loopback.ask { host = "127.0.0.1", port = port or server.port, body = body, seconds = seconds or 5,
    most = most or 1 << 20, head = "POST " .. path .. " HTTP/1.1\r\nHost: x\r\nX-One: 1\r\nContent-Length: " .. #body
    .. "\r\n\r\n" }
end

check.test("a request arrives with its bytes and headers, and its answer is whole", function()
  local body = "h\0\xc3\xa9" .. ("x"):rep(300000)
  local status, text, headers = ask("/ok", body)
  check.eq({ status, text }, { 200, "done" })
  check.ok(headers:find "^HTTP/1%.%d 200", headers)
  local got = server:requests()[1]
  check.eq({ got.path, got.headers["x-one"] }, { "/ok", "1" })
  check.ok(got.body == body, "the body is another one")
  local _, large = ask "/large/700000"
  check.eq(large, ("x"):rep(700000))
  check.eq((ask "/status/503"), 503)
end)

check.test("no answer, none in time, a long one and nobody there are messages", function()
  local function why(...) return select(2, ask(...)) end
  check.eq(why "/hangup", "the connection ended before the answer did")
  check.eq(why("/slow/0.5", "x", 0.1), "no answer in time")
  check.eq(why("/large/3000000", "x", 5, 1 << 20), "the answer is longer than 1 MiB")
  local _, message, code = ask("/ok", "x", 1, nil, 1)
  check.eq({ message, code }, { "nobody listens there", -4 })
  _, message = loopback.ask { host = "here", port = 1, head = "", body = "", seconds = 1, most = 1 }
  check.eq(message, "here: not the number of a host")
end)

-- Answers what is given, as it is, to one request.
local function raw(text)
  local p = assert(io.popen("lua5.4 -e '" .. [[
    local socket = require "socket"
    local l = assert(socket.bind("127.0.0.1", 0))
    local _, port = l:getsockname()
    print(port) io.stdout:flush()
    l:settimeout(10)
    local c = l:accept()
    c:receive "*l"
    for part in ([=[]] .. text .. [[]=]):gmatch "[^|]+" do
      c:send((part:gsub("~", "\r\n")))
      socket.sleep(0.02)
    end
    c:close()]] .. "'"))
  local port = math.tointeger(tonumber(p:read "l"))
  local status, body = ask("/", "", 5, nil, port)
  p:close()
  return status, body
end

check.test("chunks are put together, and an answer without a length ends with the connection", function()
  check.eq({ raw "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~5~hel|lo~1|0;x=1~ and more bytes ~0~~" },
    { 200, "hello and more bytes " })
  check.eq({ raw "HTTP/1.1 200 OK~Server: x~~all of |it" }, { 200, "all of it" })
  check.eq({ raw "HTTP/1.1 200 OK~Content-Length: 3~~abcdef" }, { 200, "abc" })
  for _, text in ipairs { "HTTP/1.1 200 OK~Content-Length: 9~~abc", "HTTP/1.1 200 OK~Content-Len", "SSH-2.0~~~~~~~~",
    "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~5~hel",
    "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~ffffffffffffffff~a",
    "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~5~hello" } do
    check.eq({ raw(text) }, { nil, "the connection ended before the answer did" }, text)
  end
end)

check.done()

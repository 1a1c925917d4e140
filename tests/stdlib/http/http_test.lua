-- http_test.lua -- a server and its clients in one process: sockets of lua-socket send, next answers.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local http = require "rille.http"
local paths = require "paths"
local scratch = require "scratch"
local sys = require "rille.host.sys"

local has_socket, socket = pcall(require, "socket")
local TEXT <const> = { ["Content-Type"] = "text/plain" }

local function connect(server)
  if not has_socket then check.cannot "lua-socket is not installed" end
  local client = assert(socket.connect("127.0.0.1", server.port))
  client:settimeout(5)
  return client
end

-- A client that has sent the text.
local function sent(server, text)
  local client = connect(server)
  assert(client:send((text:gsub("\n", "\r\n"))))
  return client
end

-- The next reply of a connection: { status =, headers =, body = }; nil when it ends.
local function reply(client, method)
  local line, why = client:receive "*l"
  if not line then return nil, why end
  local got = { status = tonumber(line:match "^HTTP/1.1 (%d+)"), headers = {} }
  for header in function() return client:receive "*l" end do
    if header == "" then break end
    local name, value = header:match "^([^:]+): *(.*)$"
    got.headers[name:lower()] = value
  end
  local n = tonumber(got.headers["content-length"])
  got.body = n and n > 0 and method ~= "HEAD" and client:receive(n) or ""
  return got
end

local function next_of(server) return check.ok(server:next(5), "no request came") end

-- What is left of a request, named: the method, the path and the length of its body.
local function echo(r) return r:respond(200, TEXT, string.format("%s %s %d", r.method, r.path, #r.body)) end

local function listening(options)
  options = options or {}
  options.threads = options.threads or 2
  return assert(http.listen(options))
end

check.test("a request has its method, path, query, headers and body, and the reply is sent", function()
  local server <close> = listening()
  local client = sent(server, "POST /predict/x%20y?n=1&z=a+b HTTP/1.1\nHost: h\nX-Two: 1\nx-two: 2\n"
    .. "Content-Length: 5\n\nab\0cd")
  local r = next_of(server)
  check.eq({ r.method, r.path, r.query, r.body }, { "POST", "/predict/x y", { n = "1", z = "a b" }, "ab\0cd" })
  check.eq(r.headers, { host = "h", ["x-two"] = "1, 2", ["content-length"] = "5" })
  check.ok(r:respond(201, { ["X-Mine"] = "yes" }, "\0done") >= 0)
  local got = reply(client)
  check.eq({ got.status, got.headers["x-mine"], got.body }, { 201, "yes", "\0done" })
  check.eq(r:respond(200), nil, "it has its reply")
end)

check.test("requests that are sent in one piece are answered in order, on one connection", function()
  local server <close> = listening()
  local client = sent(server, "GET /1 HTTP/1.1\nHost: h\n\nPOST /2 HTTP/1.1\nHost: h\nContent-Length: 2\n\nab"
    .. "HEAD /3 HTTP/1.1\nHost: h\n\nGET /4 HTTP/1.1\nHost: h\n\n")
  for _ = 1, 4 do echo(next_of(server)) end
  check.eq(reply(client).body, "GET /1 0")
  check.eq(reply(client).body, "POST /2 2")
  local head = reply(client, "HEAD")
  check.eq({ head.status, head.headers["content-length"], head.body }, { 200, "9", "" })
  check.eq(reply(client).body, "GET /4 0")
  check.eq(server:stats().accepted, 1)
end)

check.test("a body comes in chunks, and slowly", function()
  local server <close> = listening()
  local client = sent(server, "POST / HTTP/1.1\nHost: h\nTransfer-Encoding: chunked\n\n3\nabc\n")
  check.eq(server:next(0.05), nil)
  client:send "2\r\nde\r\n0\r\n\r\n"
  local r = next_of(server)
  check.eq(r.body, "abcde")
  echo(r)
  check.eq(reply(client).body, "POST / 5")
end)

check.test("a body that is too large is refused before it is sent, and amid it when its length is not told", function()
  local server <close> = listening { max_body = 1000 }
  local told = reply(sent(server, "POST / HTTP/1.1\nHost: h\nContent-Length: 1001\n\n"))
  check.eq({ told.status, told.headers.connection }, { 413, "close" })
  check.has(told.body, '"error":"the body is larger than 1000 bytes')
  local waits = reply(sent(server, "POST / HTTP/1.1\nHost: h\nExpect: 100-continue\nContent-Length: 1001\n\n"))
  check.eq(waits.status, 413)
  local client = sent(server, "POST / HTTP/1.1\nHost: h\nTransfer-Encoding: chunked\n\n1f4\n" .. ("x"):rep(500) .. "\n")
  check.eq(server:next(0.02), nil)
  client:send("1f5\r\n" .. ("x"):rep(501) .. "\r\n")
  check.eq(reply(client).status, 413)
  client:send(("1f5\r\n" .. ("x"):rep(501) .. "\r\n"):rep(100))
  check.eq(server:next(0.02), nil)
  local expects = sent(server, "POST / HTTP/1.1\nHost: h\nExpect: 100-continue\nTransfer-Encoding: chunked\n\n")
  check.eq({ expects:receive "*l", expects:receive "*l" }, { "HTTP/1.1 100 Continue", "" })
  expects:send("3e9\r\n" .. ("x"):rep(1001) .. "\r\n")
  check.eq(reply(expects).status, 413, "a first piece that is too large")
  check.eq(server:stats().too_large, 4)
end)

check.test("the bodies of all requests together have a limit", function()
  local server <close> = listening { memory = 5000 }
  local first = sent(server, "POST / HTTP/1.1\nHost: h\nContent-Length: 4000\n\n" .. ("x"):rep(3900))
  check.eq(server:next(0.05), nil)
  local got = reply(sent(server, "POST / HTTP/1.1\nHost: h\nContent-Length: 4000\n\n" .. ("x"):rep(3900)))
  check.eq({ got.status, got.headers["retry-after"] }, { 503, "1" })
  first:send(("x"):rep(100))
  echo(next_of(server))
  check.eq(reply(first).body, "POST / 4000")
end)

check.test("a head that is too large, and what is no HTTP, is refused", function()
  local server <close> = listening { max_head = 2048, idle = 0.2 }
  check.eq(reply(sent(server, "GET / HTTP/1.1\nHost: h\nX-Long: " .. ("x"):rep(5000) .. "\n\n")).status, 431)
  check.eq(reply(sent(server, "GET / HTTP/1.1\nno colon here\n\n")).status, 400)
  for _, text in ipairs { "hello\n\n", "GET\n\n", "\0\1\2\n\n", "POST / HTTP/1.1\nHost: h\nContent-Length: -5\n\n",
    "POST / HTTP/1.1\nHost: h\nTransfer-Encoding: chunked\n\nzz\n" } do
    local got = reply(sent(server, text))
    check.ok(not got or got.status >= 400, text)
  end
  check.eq(server:next(0), nil)
  local client = sent(server, "GET / HTTP/1.1\nHost: h\n\n")
  echo(next_of(server))
  check.eq(reply(client).status, 200)
end)

check.test("a head that never ends is cut off, and a body that does not come is refused", function()
  local server <close> = listening { timeout = 0.2, idle = 0.2 }
  local body = sent(server, "POST / HTTP/1.1\nHost: h\nContent-Length: 5\n\nab")
  local head = sent(server, "GET / HTTP/1.1\nHost")
  for _ = 1, 20 do
    socket.sleep(0.03)
    if not head:send "x" then break end             -- a byte in a while is no sign of life
  end
  check.eq(reply(head), nil)
  check.eq(reply(body).status, 408)
  check.eq({ server:next(0), server:stats().slow_bodies }, { nil, 1 })
end)

check.test("a request that waits for too long is told so, taken or not, and its late reply goes nowhere", function()
  local server <close> = listening { timeout = 0.15 }
  local taken = sent(server, "GET /a HTTP/1.1\nHost: h\n\n")
  local r = next_of(server)
  local waiting = sent(server, "GET /b HTTP/1.1\nHost: h\n\n")
  check.eq(reply(taken).status, 504)
  local got = reply(waiting)
  check.eq(got.status, 504)
  check.has(got.body, '"error_code":"TIMEOUT"')
  check.eq(r:respond(200, nil, "late"), nil)
  check.eq({ server:next(0), server:stats().late }, { nil, 2 })
  taken:send "GET /c HTTP/1.1\r\nHost: h\r\n\r\n"
  echo(next_of(server))
  check.eq(reply(taken).body, "GET /c 0")
end)

check.test("when the line is full a request is refused at once, and its connection goes on", function()
  local server <close> = listening { queue = 1 }
  local first = sent(server, "GET /1 HTTP/1.1\nHost: h\n\n")
  while server:stats().waiting == 0 do socket.sleep(0.002) end
  local second = sent(server, "POST /2 HTTP/1.1\nHost: h\nContent-Length: 1\n\nx")
  local got = reply(second)
  check.eq({ got.status, got.headers["retry-after"], got.headers.connection }, { 503, "1" })
  echo(next_of(server))
  check.eq(reply(first).body, "GET /1 0")
  second:send "GET /3 HTTP/1.1\r\nHost: h\r\n\r\n"
  echo(next_of(server))
  check.eq(reply(second).body, "GET /3 0")
end)

check.test("without the token a request is refused before its body, but for paths that are open", function()
  local server <close> = listening { token = "s3cret", open = { "/ping" } }
  local function status(line, headers)
    local client = sent(server, line .. " HTTP/1.1\nHost: h\n" .. headers .. "\n")
    local r
    repeat r = server:next(0.01) until r or socket.select({ client }, nil, 0)[1]
    if r then echo(r) end
    local got = reply(client)
    if got.status == 401 then check.eq(got.headers["www-authenticate"], "Bearer") end
    return got.status
  end
  check.eq(status("GET /", ""), 401)
  check.eq(status("POST /", "Content-Length: 100000\n"), 401)
  for _, wrong in ipairs { "Bearer s3cre", "Bearer s3cret2", "Bearer", "Basic s3cret", "s3cret", "Bearer S3cret" } do
    check.eq(status("GET /", "Authorization: " .. wrong .. "\n"), 401, wrong)
  end
  check.eq(status("GET /", "Authorization: Bearer s3cret\n"), 200)
  check.eq(status("GET /", "authorization: bearer  s3cret\n"), 200)
  check.eq({ status("GET /ping", ""), status("GET /pin", ""), status("GET /ping/", "") }, { 200, 401, 401 })
end)

check.test("until it is ready a server refuses all but to say that it lives", function()
  local server <close> = listening { starting = true, live = { "/ping" }, token = "t", open = { "/ping" } }
  local client = sent(server, "GET /ping HTTP/1.1\nHost: h\n\nGET /x HTTP/1.1\nHost: h\nAuthorization: Bearer t\n\n")
  local live, refused = reply(client), reply(client)
  check.eq({ live.status, live.body, refused.status, refused.headers["retry-after"] },
    { 200, '{"live":true}\n', 503, "1" })
  local post = sent(server, "POST /x HTTP/1.1\nHost: h\nAuthorization: Bearer t\nContent-Length: 9\n\nab")
  check.eq(reply(post).status, 503)
  server:ready()
  client:send "GET /ping HTTP/1.1\r\nHost: h\r\n\r\n"
  echo(next_of(server))
  check.eq(reply(client).body, "GET /ping 0")
end)

check.test("that a server lives is said while a request is answered, but not when that takes too long", function()
  local server <close> = listening { live = { "/ping" }, timeout = 0.1 }
  server:ready '{"live":"yes"}'
  local busy, probe = sent(server, "GET / HTTP/1.1\nHost: h\n\n"), connect(server)
  local r = next_of(server)
  local function ping(method)
    probe:send(method .. " /ping HTTP/1.1\r\nHost: h\r\n\r\n")
    return reply(probe, method)
  end
  check.eq({ ping("GET").body, ping("HEAD").status }, { '{"live":"yes"}', 200 })
  socket.sleep(0.25)
  check.eq(ping("GET").status, 503)
  r:respond(200)
  check.eq({ reply(busy).status, server:next(0) }, { 504 })
  check.eq(ping("GET").status, 200)
  probe:send "POST /ping HTTP/1.1\r\nHost: h\r\n\r\n"
  echo(next_of(server))
  check.eq(reply(probe).body, "POST /ping 0")
end)

check.test("a request that can be read in two ways is refused, and its connection ends", function()
  local server <close> = listening()
  for _, head in ipairs { "Host: h\nContent-Length: 3\nContent-Length: 5\n", "Host: h\nContent-Length: 3\n"
    .. "Transfer-Encoding: chunked\n", "X-A: 1\n", "Host: a\nHost: b\n" } do
    local client = sent(server, "POST / HTTP/1.1\n" .. head .. "\nabcdef")
    check.eq(reply(client).status, 400, head)
    check.eq(reply(client), nil)
  end
  check.eq(server:next(0), nil)
  local client = sent(server, "GET / HTTP/1.0\n\n")
  echo(next_of(server))
  check.has(client:receive "*l", " 200 ")
end)

check.test("idle connections that are opened in a loop do not shut others out", function()
  local server <close> = listening { connections = 4, threads = 1 }
  local idle = {}
  for round = 1, 5 do
    for _ = 1, 20 do idle[#idle + 1] = connect(server) end
    local client = sent(server, "GET / HTTP/1.1\nHost: h\n\n")
    echo(next_of(server))
    check.eq(reply(client).status, 200, round)
  end
end)

check.test("a new client takes the place of the one that said nothing for longest", function()
  local server <close> = listening { connections = 2, threads = 1 }
  local first, second = connect(server), connect(server)
  second:send "GET /2 HTTP/1.1\r\nHost: h\r\n\r\n"
  local r = next_of(server)
  local third = sent(server, "GET /3 HTTP/1.1\nHost: h\n\n")
  check.eq(reply(first), nil)
  echo(next_of(server))
  check.eq(reply(third).body, "GET /3 0")
  echo(r)
  check.eq(reply(second).body, "GET /2 0")
end)

check.test("clients that leave amid a head, a body, before and during a reply do no harm", function()
  local server <close> = listening()
  for round = 1, 5 do
    for _, text in ipairs { "", "GET / HT", "POST / HTTP/1.1\nHost: h\nContent-Length: 50\n\nab",
      "GET /gone HTTP/1.1\nHost: h\n\n" } do
      local client = sent(server, text)
      if round % 2 == 0 then client:setoption("linger", { on = true, timeout = 0 }) end
      client:close()
    end
    local big = sent(server, "GET /big HTTP/1.1\nHost: h\n\n")
    local r                 -- of those that left with a reset some are never seen
    repeat
      r = next_of(server)
      r:respond(200, TEXT, ("x"):rep(3000000))
    until r.path == "/big"
    big:receive(1000)
    big:close()
  end
  local client = sent(server, "GET / HTTP/1.1\nHost: h\n\n")
  echo(next_of(server))
  check.eq(reply(client).status, 200)
end)

check.test("a request that is forgotten gets a reply", function()
  local server <close> = listening()
  local client = sent(server, "GET / HTTP/1.1\nHost: h\n\n")
  next_of(server)
  collectgarbage()
  check.eq(reply(client).status, 500)
end)

check.test("a server that stops answers what is there, closes what is idle, and takes no new connections", function()
  local server = listening()
  local idle, waiting, half = connect(server), sent(server, "GET /1 HTTP/1.1\nHost: h\n\n"),
    sent(server, "POST /2 HTTP/1.1\nHost: h\nContent-Length: 3\n\na")
  local late = connect(server)
  local r = next_of(server)
  local answered = {}
  server:stop(5, function(one)
    answered[#answered + 1] = one.path
    echo(one)
    if r then
      echo(r)
      r = nil
    end
  end, half:send "bc" and nil)
  check.eq(answered, { "/2" })
  check.eq({ reply(waiting).body, reply(half).headers.connection }, { "GET /1 0", "close" })
  check.eq(reply(idle), nil)
  check.eq(reply(late), nil)
  check.eq(socket.connect("127.0.0.1", server.port), nil)
  check.raises(function() server:next(0) end, "the server is stopped")
end)

check.test("what nobody answers until the end of a stop is refused", function()
  local server = listening()
  local taken, waiting = sent(server, "GET /1 HTTP/1.1\nHost: h\n\n"), nil
  local r = next_of(server)
  waiting = sent(server, "GET /2 HTTP/1.1\nHost: h\n\n")
  while server:stats().waiting < 2 do socket.sleep(0.002) end
  server:stop(0.05)
  check.eq({ reply(taken).status, reply(waiting).status }, { 503, 503 })
  check.eq(r:respond(200), nil)
end)

check.test("a port that is taken and a host that is not ours are failures, with their words", function()
  local server <close> = listening()
  local other, message, code = http.listen { port = server.port }
  check.eq({ other, code }, { nil, -11 })
  check.eq(message, string.format("port %d of 127.0.0.1 is in use by another program", server.port))
  check.eq({ http.listen { host = "192.0.2.1" } }, { nil, "192.0.2.1 is not an address of this machine", -6 })
  check.has(select(2, http.listen { host = "no such host" }), "host no such host: ")
  local six = http.listen { host = "::1" }
  if six then
    check.eq(six.url, "http://[::1]:" .. six.port)
    six:stop()
  end
end)

check.test("options are checked, and a reply is", function()
  check.raises(function() http.listen { prot = 1 } end, 'http.listen: unknown field "prot"; did you mean "port"?')
  check.raises(function() http.listen { port = 70000 } end, "port is 70000, expected an integer from 0")
  check.raises(function() http.listen { timeout = 0 } end, "timeout is 0, expected seconds, more than 0")
  check.raises(function() http.listen { host = 1 } end, "http.listen: host must be a string")
  local server <close> = listening()
  local client = sent(server, "GET / HTTP/1.1\nHost: h\n\n")
  local r = next_of(server)
  check.raises(function() r:respond(99) end, "the status is 99, expected 200 to 599")
  check.raises(function() r:respond(200, { ["X-A"] = "1\r\nX-B: 2" }) end, 'header "X-A" cannot be sent')
  check.raises(function() r:respond(200, { "text/plain" }) end, "cannot be sent")
  r:respond(204)
  check.eq(reply(client).status, 204)
end)

check.test("a step cannot serve", function()
  local project <close> = scratch.script [[
local http = require "rille.http"
local s = step "s" { outputs = { t.integer "port" }, run = function() return http.listen {}.port end }
local p = pipeline "p" { define = function() s() end }
if rille.main() then p:run {} end
return p
]]
  check.has(project:rille "run main.lua".err, "a step cannot serve")
end)

check.test("where its library is not installed the package is named", function()
  local project <close> = scratch.new()
  project:sh(string.format("mkdir bin && cp %s bin/rille", scratch.quoted(paths.build .. "/rille")))
  project:write("serve.lua", 'require("rille.http").listen {}\n')
  local r = project:sh "bin/rille serve.lua"
  check.ok(r.code ~= 0)
  check.has(r.err, "http.so is missing; install libmicrohttpd-dev (Debian)")
end)

check.test("many connections at once: every request has its reply", function()
  local server <close> = listening { threads = 4 }
  local project <close> = scratch.new()
  project:write("body", '{"a":1}')
  local load = assert(io.popen(string.format("%s/http_load %d /x %s/body connections=32 threads=2 requests=4000",
    paths.build, server.port, project.dir)))
  local ends, n = sys.mono() + 30, 0
  while n < 4000 and sys.mono() < ends do
    local r = server:next(0.2)
    if r then
      r:respond(200, TEXT, r.body)
      n = n + 1
    end
  end
  local text = load:read "a"
  load:close()
  check.has(text, '"ok":4000,"errors":0,"lost":0,"connects":32,"refused":0')
end)

check.done()

-- rille help http
return { order = 139, text = [[
An HTTP server for scripts.  local http = require "rille.http"

  local server = assert(http.listen { port = 8080 })
  while true do
    local r = server:next(1)
    if r and r.path == "/ping" then
      r:respond(200, { ["Content-Type"] = "text/plain" }, "pong\n")
    elseif r then
      r:respond(404)
    end
  end

For a model no script is needed: rille serve (rille help serve).

server:next(seconds) is the next request, or nil: r.method, r.path, r.query,
r.headers (names in lower case) and r.body.  r:respond(status, headers, body)
replies, once, and returns the seconds since the request was there; a request
that is forgotten gets 500.  Threads of the library read and send; the one that
calls next answers in the order in which requests came.

  host, port     "127.0.0.1", 0: a free port, in server.port and server.url
  threads        4
  connections    1024; a new client takes the place of the one that said
                 nothing for longest
  queue          1024 requests that wait for next; one more gets 503
  max_body       64 MiB, else 413; memory: 512 MiB of all bodies together
  max_head       32 KiB of the first line and the headers, else 431
  timeout        30 s for a body to arrive (408) and for a reply (504)
  idle           60 s between requests
  token          requests want Authorization: Bearer TOKEN, else 401, but for
                 the paths of open

  starting       true: requests get 503 until server:ready(), but for the paths
                 of live, which get 200; after server:ready(TEXT) they get TEXT

server:stop(seconds, answer) gives what is there, and what open connections
still send at once, to answer(r), and closes all.  server:stats() has counts.
listen returns nil and a message where the port is taken.  A step cannot serve.

It needs libmicrohttpd (Debian: libmicrohttpd12).
]] }

-- rille serve MODEL[@VERSION|STAGE|NAME]

local format = require "rille.base.format"
local global_options = require "rille.project.global_options"
local json = require "rille.json"
local out = require "rille.show.out"
local project = require "rille.project"
local signals = require "rille.project.signals"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"

local command = {
  name = "serve", order = 315, synopsis = "serve MODEL",
  summary = "serve a version of a model over HTTP",
  usage = "serve MODEL[@VERSION|STAGE|NAME] [--port N] [--host H] [--token-env NAME] [--strict] [--artifact NAME] "
    .. "[--threads N] [--max-body MIB] [--queue N] [--connections N] [--timeout S] [--idle S] [--status FILE] "
    .. "[--script FILE] [--stack S] [--json]",
  takes = { "model" },
  min = 1, max = 1, runs = true,
  options = {
    ["--port"] = { value = "N", text = "the port (8080); 0: a free one" },
    ["--host"] = { value = "H", text = "the address (127.0.0.1); others need --token-env" },
    ["--token-env"] = { value = "NAME", text = "the variable with the token that requests have to send" },
    ["--strict"] = { text = "refuse columns that the model does not have" },
    ["--artifact"] = { value = "NAME", text = "the artifact to serve, where the version has several models" },
    ["--threads"] = { value = "N", text = "threads that read and send (4)" },
    ["--max-body"] = { value = "MIB", text = "largest body, in MiB (64)" },
    ["--queue"] = { value = "N", text = "requests that may wait (1024)" },
    ["--connections"] = { value = "N", text = "connections that may be open (1024)" },
    ["--timeout"] = { value = "S", text = "seconds for a body to arrive, and for a reply (30)" },
    ["--idle"] = { value = "S", text = "seconds that a connection may be silent (60)" },
    ["--status"] = { value = "FILE", text = "write where the server is to FILE, once it is ready" },
    ["--script"] = { value = "FILE", text = "a script with the materializers of its own classes" },
    ["--stack"] = { value = "S", text = "the stack whose alerters hear of failures" },
  },
  help = [[
rille serve MODEL[@VERSION|STAGE|NAME] [--port N] [--host H]
            [--token-env NAME] [--strict] [--artifact NAME] [--threads N]
            [--max-body MIB] [--queue N] [--connections N] [--timeout S]
            [--idle S] [--status FILE] [--script FILE] [--stack S] [--json]

Serves a version of a model: rows are sent to POST /predict, as JSON, CSV or
.npy, and the reply has the predictions (rille help serving has the formats).
Digits are the number of a version, other words a stage or else the version's
own name; without @ it is the version in production.

A stage and a name are followed: within a second of a promotion the new version
is loaded, checked with a row of its signature, and answers; no request is
lost.  If it cannot be served the old one goes on, and the log, GET /model,
GET /metrics and the alerters of the stack say so; if it wants other columns,
the log and GET /model do.  A number is not followed.

  GET /ping, /health    200 while the server lives
  GET /ready            200 once a row went through the model; 503 at its end
  GET /version, /model  which version answers, its signature, what went wrong
  GET /metrics          counts and times for Prometheus

  --port N          8080; 0 is a free port, which the first line shows
  --host H          127.0.0.1; an address that other machines reach needs a
                    token: requests then send Authorization: Bearer TOKEN
  --token-env NAME  the variable with the token, which no process list shows
  --strict          refuse columns that the model does not have; else they are
                    ignored, and named in the header X-Rille-Ignored
  --artifact NAME   what is served of a version with several models
  --max-body MIB    64; larger bodies get 413
  --queue N         1024 requests may wait; one more gets 503
  --connections N   1024; a new one takes the place of the longest idle one
  --timeout S       30 s for a body to arrive (408) and for a reply (504)
  --idle S          60 s without a request end a connection
  --threads N       4 threads read and send
  --status FILE     JSON with pid, port, url and version, written when the
                    server is ready and removed when it stops
  --script FILE     run FILE first: it has the materializer of the model's
                    class where that is one of a script
  --stack S         the stack whose alerters hear of failures
  -v                a line for each request

Ctrl-C or SIGTERM stops the server after the requests in flight are answered; a
second one, at least two seconds later, stops it at once.

It needs libmicrohttpd (Debian: libmicrohttpd12).

  --json   lines: {"event":"serving","time","url","model","version","stage"},
           reloaded, failed, note, problem, request (with -v), stopped

Exit codes: 0 stopped; 2 usage; 3 no such model or version, or it cannot be
served; 4 no store, the port or host cannot be used, no libmicrohttpd.

  rille serve digits
  rille serve digits@staging --port 0 --strict
]],
}

-- ---- options ----

local function number(args, name, least, most)
  local text = args[name]
  if not text then return nil end
  local n = tonumber(text)
  if not n or n < least or n > most then
    out.usage("serve --%s %s: expected a number from %g to %g", name:gsub("_", "-"), text, least, most)
  end
  return n
end

local function whole(args, name, least, most)
  local n = number(args, name, least, most)
  if n and not math.tointeger(n) then
    out.usage("serve --%s %s: expected a whole number", name:gsub("_", "-"), args[name])
  end
  return math.tointeger(n)
end

local function token_of(name)
  if not name then return nil end
  if not name:find "^[%a_][%w_]*$" then
    out.usage("serve --token-env %s: expected the name of a variable, not the token itself", name)
  end
  local token = os.getenv(name)
  if not token or token == "" then
    out.usage("serve --token-env %s: the variable is not set; for example: export %s=$(openssl rand -hex 16)", name,
      name)
  end
  if token:find "[^\33-\126]" then
    out.usage("serve --token-env %s: the token has blanks or characters that a header cannot have", name)
  end
  return token
end

local function http_options(args)
  local max_body = number(args, "max_body", 0.001, 1 << 20)
  return { port = whole(args, "port", 0, 65535) or 8080, host = args.host, token = token_of(args.token_env),
    threads = whole(args, "threads", 1, 64), queue = whole(args, "queue", 1, 1000000),
    connections = whole(args, "connections", 1, 100000), timeout = number(args, "timeout", 0.1, 86400),
    idle = number(args, "idle", 0.1, 86400), max_body = max_body and math.floor(max_body * (1 << 20)) or nil,
    memory = max_body and math.max(512 << 20, math.floor(max_body * (1 << 20)) * 2) or nil }
end

-- ---- what is said ----

local function version_text(served)
  local more = served.stage or served.name and string.format('"%s"', served.name)
  return string.format("version %d%s", served.number, more and " (" .. more .. ")" or "")
end

local says = {}

function says.serving(data, args)
  local server, served = data.server, data.served
  terminal.put(string.format("serving %s, %s, at %s; Ctrl-C to stop\n", served.model, version_text(served),
    server.http.url))
  local example = served.example_text and served:example_text()
  if global_options.quiet or not example then return end
  local token = args.token_env and string.format(' -H "Authorization: Bearer $%s"', args.token_env) or ""
  terminal.put(string.format("try: curl %s/predict -H 'Content-Type: application/json'%s -d '%s'\n", server.http.url,
    token, (example:gsub("'", "'\\''"))))
end

local function line(fmt, ...)
  terminal.put(format.in_colour("grey", os.date "%H:%M:%S"), "  ", string.format(fmt, ...), "\n")
end

function says.reloaded(data) line("%s answers", version_text(data.served)) end

function says.failed(data)
  terminal.say(string.format("rille: %s: version %d cannot be served, version %d goes on: %s\n", data.served.model,
    data.number, data.served.number, data.why))
end

function says.note(data) line("%s", data.text or version_text(data.served) .. " answers, as before") end

function says.problem(data) terminal.say("rille: ", data.text, "\n") end

function says.request(data)
  local r = data.request
  line("%s %s %d %s", r.method, r.path, data.status, data.seconds and string.format("%.1f ms", data.seconds * 1000)
    or "late")
end

function says.stopped(data)
  if not global_options.quiet then line("stopped after %s requests", format.count(data.requests)) end
end

-- ---- the same as JSON ----

local function served_fields(made, served)
  made.model, made.version, made.stage = served.model, served.number, served.stage or json.null
end

local function say_json(event, data)
  local made = { event = event, time = format.iso(sys.now()) }
  if data.served then served_fields(made, data.served) end
  if data.server then made.url, made.host, made.port = data.server.http.url, data.server.http.host,
    data.server.http.port end
  if data.request then
    made.method, made.path, made.status, made.seconds = data.request.method, data.request.path, data.status,
      data.seconds or json.null
  end
  made.failed, made.error, made.text, made.requests = data.number, data.why, data.text, data.requests
  out.json(made)
end

function command.run(args)
  local model, which = args[1]:match "^(.-)@(.*)$"
  model = model or args[1]
  if model == "" or which == "" then out.usage("serve %s: expected MODEL or MODEL@VERSION", args[1]) end
  local options = http_options(args)
  if args.script then require("rille.run.script_file").library(args.script) end
  project.need "read"
  require("rille.serve.server").run {
    model = model, which = which, artifact = args.artifact, strict = args.strict, http = options,
    status = args.status, tells_requests = global_options.verbose,
    emit = function(event, data)
      if global_options.json then say_json(event, data)
      elseif says[event] then says[event](data, args) end
      io.stdout:flush()
    end,
  }
  signals.ignore()
  return 0
end

return command

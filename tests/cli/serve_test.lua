-- serve_test.lua -- rille serve with real clients: curl, raw sockets, many connections.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local json = require "rille.json"
local model_server = require "model_server"
local paths = require "paths"
local scratch = require "scratch"

local ROW <const> = '{"width": 1.5, "height": 3}'
local start = model_server.start

local has_curl = os.execute "command -v curl >/dev/null"

local function test(name, f)
  check.test(name, function()
    if not has_curl then check.cannot "curl is not installed" end
    f()
  end)
end

local project <close> = model_server.project(3)

-- ---- what it says ----

test("it says what is served and where, and the curl line that it shows works", function()
  local server <close> = start(project, "cancer")
  local said = server:said()
  check.has(said, "serving cancer, version 1 (production), at " .. server.url .. "; Ctrl-C to stop\n")
  check.eq({ server.status.model, server.status.version, server.status.stage, server.status.state },
    { "cancer", 1, "production", "ready" })
  local line = said:match "\ntry: (curl [^\n]+)\n"
  check.has(project:sh(line).out, '{"predictions":[')
  local end_said, code = server:stop()
  check.eq(code, 0)
  check.has(end_said, "stopped after 1 request")
  check.eq(scratch.read(server.status_file), nil)
end)

test("a model, a version and a port that are not there are refused with what there is", function()
  local function refused(arguments, code, ...)
    local r = project:rille("serve " .. arguments)
    check.eq(r.code, code, arguments .. r.err)
    for _, text in ipairs { ... } do check.has(r.err, text) end
    check.eq(r.err:find "traceback", nil)
  end
  refused("cancr --port 0", 3, 'there is no model "cancr"', "cancer")
  refused("cancer@9 --port 0", 3, 'model "cancer" has no version 9', "its versions: 3, 2, 1 (production)")
  refused("cancer@staging --port 0", 3, "no version in staging")
  refused("cancer@ --port 0", 2, "expected MODEL or MODEL@VERSION")
  refused("cancer --port x", 2, "serve --port x: expected a number from 0 to 65535")
  refused("cancer --prot 1", 2, "--port")
  refused("cancer --host 0.0.0.0 --port 0", 2, "0.0.0.0 can be reached from other machines", "--token-env NAME")
  refused("cancer --token-env NOT_SET_HERE --port 0", 2, "the variable is not set")
  refused("cancer --host 192.0.2.1", 4, "192.0.2.1 is not an address of this machine")
  refused("cancer --artifact nosuch --port 0", 3, "nosuch")
  local server <close> = start(project, "cancer")
  refused("cancer --port " .. server.port, 4, "port " .. server.port .. " of 127.0.0.1 is in use",
    "choose another one with --port")
end)

test("paths of its own say how it is, by GET and HEAD alone", function()
  local server <close> = start(project, "cancer")
  for _, path in ipairs { "/ping", "/health" } do
    local got = server:ask(path)
    check.eq({ got.status, got.json.live, got.json.pid }, { 200, true, server.pid })
    local head = server:ask(path, nil, "-I")
    check.eq({ head.status, head.body }, { 200, "" })
  end
  check.eq(server:ask("/ready").json, { ready = true })
  check.eq(server:ask("/version").json.model_version, 1)
  local model = server:ask("/model").json
  check.eq({ model.name, model.version, model.stage, model.follows, model.current, model.failed },
    { "cancer", 1, "production", "production", true })
  check.eq(model.signature.columns[1].name, "width")
  check.eq(server:ask("/ping", "{}").status, 405)
  check.eq(server:ask("/ping", "{}").headers.allow, "GET, HEAD")
  check.eq(server:ask("/nosuch").json.error_code, "NOT_FOUND")
  check.eq(server:ask("/predict").status, 405)
  check.eq(server:ask("/predict", ROW, "-H 'Content-Type: text/plain'").status, 415)
  check.eq(server:ask("/predict", ROW, "-H 'Content-Encoding: gzip'").status, 415)
end)

test("predictions name their version, and are counted for Prometheus", function()
  local server <close> = start(project, "cancer@2 --strict")
  check.eq(server:ask("/predict", ROW).json, { predictions = json.array { 0 },
    model = { name = "cancer", version = 2 } })
  check.eq(server:ask("/predict", ROW).headers["x-rille-model"], "cancer/2")
  check.eq(server:ask("/predict", '[{"width":1,"height":2},{"width":3,"height":4}]').json.predictions,
    json.array { 0, 1 })
  check.eq(server:ask("/predict", '{"width":1,"height":2,"depth":3}').status, 400)
  check.eq(server:ask("/predict", "{").status, 400)
  local text = server:ask("/metrics").body
  local labels = '{model="cancer",version="2"'
  for _, line in ipairs { "rille_requests_total" .. labels .. "} 5", "rille_rows_total" .. labels .. "} 4",
    "rille_errors_total" .. labels .. ',code="400"} 2', "rille_request_seconds_count" .. labels .. "} 5",
    "rille_request_seconds_bucket" .. labels .. ',le="+Inf"} 5', "rille_served" .. labels .. ',stage="none"} 1',
    'rille_reloads_total{model="cancer"} 0' } do check.has(text, line .. "\n") end
  for line in text:gmatch "[^\n]+" do
    check.ok(line:find "^# %u+ [%w_]+ " or line:find '^[%l_]+{[%l_]+="[^"]*"[^{}]*} [%d.e+-]+$', line)
  end
end)

test("columns that the model does not have are named and counted", function()
  local server <close> = start(project, "cancer")
  check.eq(server:ask("/predict", '{"width":1,"height":2,"":3}').status, 200)
  check.eq(server:ask("/predict", '{"width":1,"height":2,"' .. ("x"):rep(70000) .. '":3}').status, 200)
  local got = server:ask("/predict", '{"width":1,"height":2,"depth":3,"age":4}')
  check.eq({ got.status, got.headers["x-rille-ignored"] }, { 200, "age, depth" })
  check.has(server:ask("/metrics").body, 'rille_ignored_columns_total{model="cancer",version="1"} 4\n')
end)

-- ---- who may ask ----

test("with a token requests without it are refused, but for probes; other addresses are served", function()
  local server <close> = start(project, "cancer --host 0.0.0.0 --token-env THE_TOKEN", "export THE_TOKEN=s3cret;")
  server.url = "http://127.0.0.1:" .. server.port
  check.eq(server:ask("/predict", ROW).json.error_code, "UNAUTHORIZED")
  check.eq(server:ask("/predict", ROW, "-H 'Authorization: Bearer wrong'").status, 401)
  check.eq(server:ask("/model").status, 401)
  check.eq({ server:ask("/ping").status, server:ask("/ready").status }, { 200, 200 })
  check.eq(server:ask("/predict", ROW, "-H 'Authorization: Bearer s3cret'").status, 200)
  check.has(server:said(), '-H "Authorization: Bearer $THE_TOKEN"')
  check.eq(server:said():find "s3cret", nil)
end)

-- ---- other versions ----

test("a promotion is served, a version that cannot be served is not, and both are told", function()
  local other <close> = model_server.project(2, [[
format: 1
active: told
components:
  alerter:
    tell: { flavor: file, options: { path: alerts.jsonl } }
stacks:
  told: { alerter: tell }
]])
  model_server.train(other, 0)
  local server <close> = start(other, "cancer")
  other:ok "model promote cancer@2 production --force"
  check.ok(server:answers_by(2), server:said())
  check.ok(server:hear "version 2 (production) answers", server:said())
  check.ok(model_server.wait(function() return json.decode(scratch.read(server.status_file)).version == 2 end))
  other:ok "model promote cancer@3 production --force"
  check.ok(server:hear "version 3 cannot be served, version 2 goes on: ", server:said())
  check.eq(server:ask("/predict", ROW).json.model.version, 2)
  local model = server:ask("/model").json
  check.eq({ model.version, model.current, model.failed.version, model.failed_reloads }, { 2, false, 3, 1 })
  check.has(model.failed.error, "does not predict")
  check.has(server:ask("/metrics").body, 'rille_failed_reloads_total{model="cancer"} 1\n')
  check.ok(model_server.wait(function() return (other:read "alerts.jsonl" or ""):find "version 3 cannot be served" end),
    "the alerter was not told")
  other:ok "model promote cancer production --back"
  check.ok(model_server.wait(function() return server:ask("/model").json.current end), server:said())
  check.eq(server:version(), 2)
  model_server.train(other, 5)
  other:ok "model promote cancer@4 production --force"
  local change = "version 4 wants other rows than version 2: without height; new: depth"
  check.ok(server:hear(change), server:said())
  model = server:ask("/model").json
  check.eq({ model.version, model.current, model.note }, { 4, true, change })
  local said, code = server:stop()
  check.eq({ code, said:find "traceback" }, { 0 })
end)

test("a version named by its number stays, archived and deleted, and says so", function()
  local other <close> = model_server.project(2)
  local server <close> = start(other, "cancer@1")
  other:ok "model promote cancer@2 production --force"
  check.ok(server:hear "version 1 is archived; it goes on being served", server:said())
  check.eq(server:ask("/predict", ROW).json.model, { name = "cancer", version = 1, stage = "archived" })
  check.ok(model_server.wait(function() return json.decode(scratch.read(server.status_file)).stage == "archived" end))
  other:ok "model version delete cancer@1 --force --yes"
  check.ok(server:hear "version 1 is deleted; it goes on being served", server:said())
  check.has(server:ask("/model").json.note, "is deleted")
  check.eq(server:ask("/predict", ROW).json.predictions, json.array { 1 })
end)

test("where no version has the stage any more the old one goes on, and says so", function()
  local other <close> = model_server.project(1)
  local server <close> = start(other, "cancer")
  other:ok "model promote cancer@1 none"
  check.ok(server:hear "no version is in production; version 1 goes on", server:said())
  check.eq(server:ask("/predict", ROW).status, 200)
  other:ok "model promote cancer@1 production"
  check.ok(server:hear "answers, as before", server:said())
  -- deleted and made again it is another model of that name
  other:ok "model delete cancer --force --yes"
  check.ok(server:hear "no version is in production; version 1 goes on", server:said())
  model_server.train(other, 9)
  other:ok "model promote cancer@1 production"
  check.ok(model_server.wait(function()
    return server:ask("/predict", '{"width":3,"height":2}').json.predictions[1] == 0
  end), server:said())
  os.execute("mv " .. scratch.quoted(other:path ".rille") .. " " .. scratch.quoted(other:path "gone"))
  check.eq(server:ask("/predict", ROW).status, 200)
end)

test("no request is lost while versions take each other's place under load", function()
  local other <close> = model_server.project(2)
  other:write("row", ROW)
  local server <close> = start(other, "cancer")
  local load = model_server.load(server, "row", "connections=16 threads=2 requests=6000 rate=1500")
  for i = 1, 4 do
    other:ok(string.format("model promote cancer@%d production --force", i % 2 + 1))
    check.ok(server:answers_by(i % 2 + 1), server:said())
  end
  local report = json.decode(load:read "a")
  load:close()
  check.eq({ report.ok, report.errors, report.lost, report.connects }, { 6000, 0, 0, 16 })
  check.ok(report.versions["cancer/1"] > 0 and report.versions["cancer/2"] > 0, json.encode(report))
end)

-- ---- the end ----

test("SIGTERM under load: every request that was sent has its reply", function()
  project:write("row", ROW)
  local server <close> = start(project, "cancer")
  local load = model_server.load(server, "row", "connections=32 threads=2 requests=1000000")
  check.ok(model_server.wait(function() return server:ask("/metrics").body:find "requests_total{[^}]*} %d%d%d" end))
  local said, code = server:stop()
  local report = json.decode(load:read "a")
  load:close()
  check.eq({ code, report.lost, report.errors, report.ok > 100 }, { 0, 0, 0, true }, said .. json.encode(report))
  check.has(said, "requests in flight are answered; again to stop at once")
end)

test("a signal that comes twice, as timeout sends it, is one", function()
  local server <close> = start(project, "cancer")
  server:kill "TERM"
  server:kill "TERM"
  check.eq(select(2, server:ended()), 0)
end)

test("where libmicrohttpd is not installed the package is named", function()
  project:sh(string.format("mkdir -p bin && cp %s/rille %s/tree.so bin", scratch.quoted(paths.build),
    scratch.quoted(paths.build)))
  local r = project:sh "bin/rille serve cancer --port 0"
  check.eq(r.code, 4, r.err)
  check.has(r.err, "http.so is missing; install libmicrohttpd-dev (Debian)")
end)

test("a server that is killed leaves nothing broken", function()
  local server <close> = start(project, "cancer")
  server:kill "KILL"
  check.eq(select(2, server:ended()), 137)
  local port = server.port
  local again <close> = start(project, "cancer --port " .. port)
  check.eq({ again.port, again:ask("/predict", ROW).status }, { port, 200 })
  project:ok "fsck"
end)

-- ---- limits ----

test("bodies, slow clients and idle connections have limits", function()
  local has_socket, socket = pcall(require, "socket")
  if not has_socket then check.cannot "lua-socket is not installed" end
  local server <close> = start(project, "cancer --max-body 0.001 --timeout 0.3 --idle 0.3 --connections 8")
  local big = server:ask("/predict", "[" .. ROW .. (","):rep(5000) .. "]")
  check.eq({ big.status, big.json.error_code }, { 413, "PAYLOAD_TOO_LARGE" })
  check.eq(server:ask("/predict", ROW, "-H 'Transfer-Encoding: chunked'").status, 200)
  local slow = assert(socket.connect("127.0.0.1", server.port))
  slow:settimeout(5)
  slow:send "POST /predict HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n{"
  check.has(slow:receive "*l" or "", "408")
  local silent = {}
  for i = 1, 20 do silent[i] = socket.connect("127.0.0.1", server.port) end
  check.ok(model_server.wait(function() return server:ask("/predict", ROW).status == 200 end))
  check.has(server:ask("/metrics").body, 'code="408"} 1\n')
  check.has(server:ask("/metrics").body, 'code="413"} 1\n')
end)

test("with --json it says all as lines of JSON, with -v requests too", function()
  local server <close> = start(project, "cancer --json -v")
  server:ask("/predict", ROW)
  local said, events = server:stop(), {}
  for line in said:gmatch "[^\n]+" do
    local ok, one = pcall(json.decode, line)
    if ok and type(one) == "table" then events[#events + 1] = one end
  end
  check.eq({ events[1].event, events[1].url, events[1].version }, { "serving", server.url, 1 })
  check.eq({ events[2].event, events[2].path, events[2].status }, { "request", "/predict", 200 })
  check.eq({ events[#events].event, events[#events].requests }, { "stopped", 1 })
end)

check.done()

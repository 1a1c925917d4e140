-- The alerter that posts to a web server: a real one, in a process of its own.
package.path = "../../../../lib/?.lua;" .. package.path
local alerting_project = require "alerting_project"
local check = require "check"
local http_server = require "http_server"
local json = require "rille.json"

if not http_server.available() then
  check.skip("the webhook", "lua-socket is not installed")
  return check.done()
end

local server <close> = http_server.start()

local SCRIPT <const> = [[
local s = step "s" { run = function(_, ctx)
  for _, text in ipairs(TEXTS) do ctx.alerter:alert(text) end
end }
return pipeline "main" { define = function() s() end }
]]

-- A project whose step alerts the texts (Lua source).
local function project(texts, options)
  return alerting_project("webhook", 'url: "${env:HOOK}", ' .. (options or ""), (SCRIPT:gsub("TEXTS", texts)))
end

-- Runs it with the path of the server; the seconds that it took, what was printed.
local function run(p, path, more)
  local began = os.time()
  local done = p:sh(string.format('%s HOOK=%s "$RILLE" run main.lua --name r', more or "",
    path:find "^http" and path or server:url(path)))
  check.eq(done.code, 0, done.err)
  return os.time() - began, done.err
end

-- What the server was given at paths that begin so.
local function posts(path)
  local list = {}
  for _, one in ipairs(server:requests()) do if one.path:find(path, 1, true) == 1 then list[#list + 1] = one end end
  return list
end

check.test("an alert is a POST of JSON with the field text", function()
  local p <close> = project '{ "größe: \\"5\\"" }'
  run(p, "/ok/plain")
  local got = posts "/ok/plain"
  check.eq({ #got, json.decode(got[1].body), got[1].headers["content-type"], got[1].headers.authorization },
    { 1, { text = 'größe: "5"' }, "application/json; charset=utf-8", nil })
end)

check.test("another field, and a token that is in no file of the store", function()
  local p <close> = project('{ "a" }', 'field: content, token: "${env:TOKEN}"')
  run(p, "/ok/token", "TOKEN=s3cr3t-of-mine")
  local got = posts "/ok/token"
  check.eq({ json.decode(got[1].body), got[1].headers.authorization }, { { content = "a" }, "Bearer s3cr3t-of-mine" })
  check.eq(p:sh("grep -r -l s3cr3t . | head -1").out, "")
end)

check.test("a busy server is asked again after the pause that it asks for", function()
  local p <close> = project '{ "a" }'
  local seconds = run(p, "/limited/1/1")
  check.eq(#posts "/limited/1/1", 2)
  check.ok(seconds >= 1 and seconds < 6, seconds)
end)

check.test("a pause for which there is no time is not waited for, by later alerts either", function()
  local p <close> = project '{ "a", "b" }'
  local seconds, err = run(p, "/limited/9/3600")
  check.eq(#posts "/limited/9/3600", 1)
  check.ok(seconds < 5, seconds)
  check.has(err, "not delivered: the server asks for a pause of 3600 s (a)")
  check.has(p:json("show r").notes[2], "the server asked for a pause, of which 3600 s are left (b)")
end)

check.test("a failing server is asked again, later and later", function()
  local p <close> = project '{ "a" }'
  run(p, "/flaky/2")
  check.eq(#posts "/flaky/2", 3)
end)

check.test("a run waits for no longer than the limits, and the alert is recorded", function()
  local slow <close> = http_server.start()
  local p <close> = project('{ "a", "b" }', "timeout: 1, limit: 1.5")
  local seconds, err = run(p, slow:url "/slow/5")
  check.ok(seconds < 5, seconds)
  local _, times = err:gsub("not delivered", "")
  check.eq(times, 1, err)
  local notes = p:json("show r").notes
  check.eq({ #notes, p:json("show r").status }, { 2, "completed" })
  check.has(notes[1], 'alerter "tell": not delivered: ')
  local q <close> = project('{ "a", "b", "c" }', "timeout: 1, limit: 1, retries: 0")
  run(q, slow:url "/slow/6")
  check.has(q:json("show r").notes[3], "alerts have already taken 1 s of this run (limit)")
end)

check.test("an answer that says no is final, and told without the secrets", function()
  local p <close> = project('{ "a" }', 'token: "${env:TOKEN}"')
  local _, err = run(p, "/status/403/s3cr3t-path", "TOKEN=s3cr3t-token")
  check.eq(#posts "/status/403", 1)
  check.has(err, 'alerter "tell": not delivered: the server answered 403: done (a)')
  check.eq(p:sh("grep -r -l s3cr3t . | head -1").out, "")
  check.ok(not err:find "s3cr3t", err)
  check.ok(not p:ok "show r":find "s3cr3t")
end)

check.test("a server that is not there, or hangs up, is a note without the URL", function()
  local p <close> = project('{ "a" }', "timeout: 2")
  local _, err = run(p, "http://127.0.0.1:1/s3cr3t")
  check.has(err, "not delivered: Failed to connect to 127.0.0.1 port 1")
  check.ok(not err:find "s3cr3t", err)
  local q <close> = project('{ "a" }', "timeout: 2")
  _, err = run(q, "/hangup/s3cr3t")
  check.has(err, "Empty reply from server")
  check.ok(not err:find "s3cr3t", err)
end)

check.test("a long text is cut at a line, with a count of what was cut", function()
  local p <close> = project '{ ("line of é text\\n"):rep(1000), ("x"):rep(5000) }'
  run(p, "/short/2500")
  local got = posts "/short/2500"
  check.eq(#got, 2)
  local text = json.decode(got[1].body).text
  check.ok(utf8.len(text) <= 2500 and utf8.len(text) > 2300, utf8.len(text))
  local kept, rest = text:match "^(.*)\n(... cut: .*)$"
  local _, lines = (kept .. "\n"):gsub("line of é text\n", "")
  check.eq(#kept + 1, lines * #"line of é text\n")
  check.eq(rest, string.format("... cut: %d more lines, %d characters", 1000 - lines, 15 * (1000 - lines) + 1))
  check.ok(utf8.len(json.decode(got[2].body).text) <= 2500)
  check.has(json.decode(got[2].body).text, "\n... cut: 1 more line, 2560 characters")
  check.eq(p:json("show r").notes, nil)
end)

check.test("without the variable, and with one that is no URL, the run does not begin", function()
  local p <close> = project '{ "a" }'
  local done = p:sh '"$RILLE" run main.lua'
  check.eq(done.code, 3)
  check.has(done.err, 'alerter "tell": option url: the environment variable HOOK is not set')
  done = p:sh 'HOOK=s3cr3t "$RILLE" run main.lua'
  check.eq(done.code, 3)
  check.has(done.err, 'alerter "tell" cannot be opened: the URL must begin with http:// or https://')
  check.ok(not done.err:find "s3cr3t")
  check.eq(p:sh('"$RILLE" runs').code ~= 0 or p:json "runs".items, {})
end)

check.test("without libcurl a run says so, once", function()
  local p <close> = project '{ "a", "b" }'
  -- files that are no libraries are found first
  p:sh "mkdir lib && touch lib/libcurl.so.4 lib/libcurl-gnutls.so.4 lib/libcurl-nss.so.4"
  local done = p:sh('HOOK=' .. server:url "/ok/nothing" .. ' LD_LIBRARY_PATH="$PWD/lib" "$RILLE" run main.lua')
  check.eq(done.code, 0, done.err)
  local _, times = done.err:gsub("not delivered: libcurl %(7.66 or later%) is not installed %(Debian: ", "")
  check.eq(times, 1, done.err)
  check.eq(#posts "/ok/nothing", 0)
end)

check.test("a failure is told before the run is over, once", function()
  local p <close> = alerting_project("webhook", 'url: "${env:HOOK}"', [[
local s = step "s" { run = function() error "broken" end }
return pipeline "main" { define = function() s() end }
]])
  p:sh('HOOK=' .. server:url "/ok/failure" .. ' "$RILLE" run main.lua --name r')
  local got = posts "/ok/failure"
  check.eq(#got, 1)
  check.has(json.decode(got[1].body).text, "r failed\nstep s: main.lua:3: broken\nrille show r")
end)

check.done()

-- rille deploy: servers of models in the background (the server is a stand-in, tests/lib/served_stand_in.lua).

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local stand_in = require "served_stand_in"

if not stand_in.available() then
  check.skip("deployments", "lua-socket is not installed")
  return check.done()
end

local MAIN <const> = [[
local train = step "train" { params = { n = 7 }, outputs = { t.integer "model" { kind = "model" } },
  run = function(p) return p.n end }
return pipeline "main" { model = rille.model "digits" {}, define = function() train() end }
]]

-- A project with model digits, version 1 in production.
local function trained()
  local p = stand_in.project(MAIN)
  p:ok "run main.lua -q"
  p:ok "model promote digits@1 production -q"
  return p
end

check.test("a deployment outlives its command, answers, and is stopped from another shell", function()
  local p <close> = trained()
  check.eq((p:ok "deploy list --json"), '{"items":[],"next":null}\n')
  local out = p:ok "deploy start digits"
  local url = out:match "^digits: model digits, version 1 %(production%), at (http://127%.0%.0%.1:%d+)\n"
  check.ok(url, out)
  local state = p:state "digits"
  check.eq({ state.state, state.version, state.stage, state.url, state.requests },
    { "running", 1, "production", url, 0 })
  check.ok(state.uptime > 0 and state.uptime < 60, state.uptime)
  check.eq((p:ok "deploy status digits --url"), url .. "\n")
  check.ok((p:ok "deploy list"):find "digits +running +digits +1 %(production%)", "it is not in the list")
  check.ok((p:ok "deploy logs digits"):find("ready\n", 1, true), "its log is not there")
  check.eq((p:ok "deploy stop digits"), "digits: stopped\n")
  state = p:state "digits"
  check.eq({ state.state, state.reason, state.url }, { "stopped", nil, nil })
  local r = p:rille "deploy stop digits"
  check.eq({ r.code, r.err }, { 3, 'rille: deployment "digits" is not running: it was stopped\n' })
  check.eq((p:ok "deploy stop digits --remove"), "digits: removed\n")
  check.eq(p:rille("deploy status digits").code, 3)
end)

check.test("names and ports that are taken are named", function()
  local p <close> = trained()
  p:ok "deploy start digits"
  local r = p:rille "deploy start digits@1"
  check.eq(r.code, 3)
  check.ok(r.err:find('^rille: deployment "digits" is running already: digits, version 1, at http'), r.err)
  local port = p:state("digits").port
  r = p:rille("deploy start digits@1 --name two --port " .. port)
  check.eq(r.code, 1)
  check.eq(r.err, string.format("rille: deployment two did not start: port %d of 127.0.0.1 is in use\n  log: rille "
    .. "deploy logs two\n", port))
  check.eq({ p:state("two").state, p:state("two").reason }, { "failed", "port " .. port .. " of 127.0.0.1 is in use" })
  p:ok "deploy start digits@1 --name two"          -- a failed one does not hold its name
end)

check.test("one that was killed is told apart from one that was stopped, and can be started again", function()
  local p <close> = trained()
  p:ok "deploy start digits@1 --name d"
  local pid = p:state("d").pid
  p:sh("kill -9 " .. pid .. "; while kill -0 " .. pid .. " 2>/dev/null; do sleep 0.02; done")
  check.eq({ p:state("d").state, p:state("d").reason }, { "died", "its process ended, or was killed" })
  check.ok((p:ok "deploy list"):find("d: not running: its process ended, or was killed", 1, true), "not said")
  p:ok "deploy start digits@1 --name d"
  check.eq(p:state("d").state, "running")
  -- the number of another process in the record, as after a restart of the machine
  p:ok "deploy stop d"
  p:sh [[cd .rille/deployments/d && rm ended.json
    sed -i "s/\"pid\":[0-9]*/\"pid\":$$/; s/\"boot\":\"[^\"]*\"/\"boot\":\"another\"/" record.json]]
  check.eq({ p:state("d").state, p:state("d").reason }, { "died", "the machine restarted" })
end)

check.test("of two starts of one name one wins, and none is left over", function()
  local p <close> = trained()
  p:write("slow", "0.3")
  local r = p:sh [["$RILLE" deploy start digits@1 --name d >a 2>ae & a=$!
    "$RILLE" deploy start digits@1 --name d >b 2>be & b=$!
    wait $a; echo $?; wait $b; echo $?; cat ae be]]
  local codes, text = r.out:match "^(%d\n%d)\n(.*)"
  check.ok(codes == "0\n3" or codes == "3\n0", r.out)
  check.ok(text:find 'deployment "d" is being started by another command' or text:find "is running already", text)
  check.eq(p:state("d").state, "running")
end)

check.test("stop while it starts ends it, and both commands say so", function()
  local p <close> = trained()
  p:write("slow", "20")
  local r = p:sh [["$RILLE" deploy start digits@1 --name d >a 2>ae & a=$!
    for i in $(seq 600); do grep -q ticks .rille/deployments/d/record.json 2>/dev/null && break; sleep 0.02; done
    "$RILLE" deploy list | grep -c "d *starting"
    "$RILLE" deploy stop d; wait $a; echo $?; cat ae]]
  check.eq(r.out, "1\nd: stopped\n1\nrille: deployment d did not start: it was stopped while it started\n"
    .. "  log: rille deploy logs d\n")
  check.eq(p:state("d").state, "stopped")
end)

check.test("a command that is killed while it starts a server leaves one that is known, or none", function()
  local p <close> = trained()
  p:write("slow", "0.5")
  p:sh [["$RILLE" deploy start digits@1 --name d >a 2>ae & a=$!
    for i in $(seq 600); do grep -q ticks .rille/deployments/d/record.json 2>/dev/null && break; sleep 0.02; done
    kill -9 $a; wait $a 2>/dev/null]]
  check.eq(p:rille("deploy start digits@1 --name d").code, 3)
  p:sh [[for i in $(seq 600); do "$RILLE" deploy status d --url >/dev/null 2>&1 && break; sleep 0.02; done]]
  check.eq(p:state("d").state, "running")
  check.eq((p:ok "deploy stop d"), "d: stopped\n")
end)

check.test("restart starts it as it was, on its port: one that died, was stopped, or runs", function()
  local p <close> = trained()
  p:ok "deploy start digits@1 --name d"
  local first = p:state "d"
  p:sh("kill -9 " .. first.pid .. "; while kill -0 " .. first.pid .. " 2>/dev/null; do sleep 0.02; done")
  local r = p:rille "deploy stop d"
  check.has(r.err, "start it again with rille deploy restart d, or forget it with rille deploy stop d --remove")
  for _, before in ipairs { "", "deploy stop d -q", "" } do
    if before ~= "" then p:ok(before) end
    local old = p:state("d").pid
    p:ok "deploy restart d"
    local now = p:state "d"
    check.eq({ now.state, now.version, now.asked, now.port }, { "running", 1, "1", first.port })
    check.ok(now.pid ~= old, "it is the same process")
  end
  check.eq(p:rille("deploy restart other").code, 3)
end)

check.test("a server that does not end is killed", function()
  local p <close> = trained()
  p:write("stubborn", "")
  p:ok "deploy start digits@1 --name d"
  check.eq((p:ok "deploy stop d --seconds 0.1"), "d: killed: it did not end in time\n")
end)

check.test("what the server says about its failure is what start says", function()
  local p <close> = trained()
  p:write("broken", "model digits, version 1 has no signature")
  local r = p:rille "deploy start digits@1"
  check.eq(r.code, 1)
  check.eq(r.err, "rille: deployment digits did not start: model digits, version 1 has no signature\n"
    .. "  log: rille deploy logs digits\n")
end)

check.test("logs -f shows what is printed until the server ends", function()
  local p <close> = trained()
  p:ok "deploy start digits@1 --name d"
  local r = p:sh [["$RILLE" deploy logs d -f >followed & f=$!
    for i in $(seq 600); do grep -q ready followed && break; sleep 0.02; done
    "$RILLE" deploy stop d -q; wait $f; echo $?]]
  check.eq(r.out, "0\n")
  check.ok(p:read("followed"):find("ready\n", 1, true), "nothing was shown")
end)

check.test("a project that was moved while its server runs says so", function()
  local p <close> = trained()
  p:ok "deploy start digits@1 --name d"
  p:sh 'mkdir there && mv .rille there/'
  local r = p:sh '"$RILLE" deploy list --store there/.rille; "$RILLE" deploy stop d --store there/.rille'
  check.ok(r.out:find("the project was moved from ", 1, true), r.out)
  check.ok(r.out:find("d: stopped\n", 1, true), r.out .. r.err)
  p:sh 'mv there/.rille .'
end)

check.test("a version that is served is deleted with --force alone", function()
  local p <close> = trained()
  p:ok "deploy start digits@1 --name d"
  for _, what in ipairs { "version delete digits@1", "delete digits" } do
    local r = p:rille("model " .. what .. " --yes")
    check.eq({ r.code, r.err }, { 3, "rille: deployment d serves version 1 of model digits; stop it with rille deploy "
      .. "stop d, or add --force\n" })
  end
  p:ok "deploy stop d"
  p:ok "model delete digits --yes --force"
end)

check.test("what completion offers are names of deployments and models", function()
  local p <close> = trained()
  p:ok "deploy start digits@1 --name d"
  check.eq((p:ok "completion names deployment,model d"), "d\ndigits\n")
  check.has((p:ok "completion bash"), 'deploy) flags="')
end)

check.test("mistakes of the command line", function()
  local p <close> = trained()
  for _, one in ipairs {
    { "deploy stp", 2, 'deploy stp; did you mean "stop"?' },
    { "deploy start", 2, "usage: rille deploy start MODEL[@VERSION]" },
    { "deploy start digit", 3, 'there is no model "digit"; did you mean "digits"?' },
    { "deploy start digits --port x", 2, "--port must be a number from 0 to 65535, found x" },
    { "deploy start digits --name a/b", 2, "--name: the name of a deployment has letters" },
    { "deploy status other", 3, 'there is no deployment "other"' },
    { "deploy list --port 3", 2, "deploy list: --port has no effect here" },
    { "deploy stop", 2, "usage: rille deploy stop NAME" },
  } do
    local r = p:rille(one[1])
    check.eq(r.code, one[2], one[1])
    check.ok(r.err:find(one[3], 1, true), one[1] .. ": " .. r.err)
  end
end)

check.done()

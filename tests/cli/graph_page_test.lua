-- The page of rille graph --html in a real browser: what it opens on, what clicks and keys do.

package.path = "../lib/?.lua;" .. package.path
local browser = require "browser"
local check = require "check"
local scratch = require "scratch"

local MAIN <const> = [[
local load = step "load" { params = { n = 3 }, outputs = { t.table "rows", t.integer "count" },
  run = function(p) return { p.n, p.n }, p.n end }
local check = step "check" { inputs = { t.integer "count" }, outputs = { t.boolean "ok" }, run = function(n) return n > 0 end }
local train = step "train" { inputs = { t.table "rows" }, params = { k = 1, fail = false }, outputs = { t.number "model" },
  run = function(rows, p, ctx)
    print "training </script><script>document.title = 'taken'</script>"
    for i = 1, 3000 do print("epoch " .. i) end
    if p.fail then error "no luck <img src=x onerror=alert(1)>" end
    ctx:log_metric { loss = 1 / p.k }
    return p.k + 0.5
  end }
return pipeline "p" { params = { k = 1, fail = false }, define = function(p)
  local d = load()
  train:with { after = { check { count = d.count } } } { rows = d.rows, k = p.k, fail = p.fail }
end }
]]

local SWEEP <const> = [[
local score = step "score" { params = { k = 1 }, outputs = { t.integer "loss" },
  run = function(p) if p.k % 200 == 7 then error "diverged" end return p.k end }
local best = step "best" { inputs = { t.list(t.integer) "losses" }, outputs = { t.integer "n" }, run = function(l) return #l end }
return pipeline "sweep" { define = function()
  local list = {}
  for i = 1, 500 do list[i] = score:with { id = "score_" .. i } { k = i } end
  best { losses = list }
end }
]]

-- The page of a run, opened in a browser.
local function page(b, project, run, address)
  check.eq(project:rille("graph " .. run .. " -o page.html").code, 0)
  b:go "about:blank"
  b:go("file://" .. project.dir .. "/page.html" .. (address or ""))
  check.ok(b:js "return document.documentElement.hasAttribute('data-ready')", "the script of the page ends")
end

-- Clicks the button of the panel with that text.
local function press(b, text)
  b:js([[
    var text = arguments[0], buttons = Array.from(document.querySelectorAll("#panel button"));
    buttons.find(function (x) { return x.textContent === text; }).click();]], text)
end

local function panel(b) return b:js "return document.getElementById('panel').innerText" end
local function heading(b) return b:js "return document.querySelector('#panel h2').innerText.trim()" end

local b <close> = (function()
  local opened
  check.test("a browser opens", function() opened = browser.open { width = 1280, height = 800 } end)
  if not opened then check.done() end
  return opened
end)()

local project <close> = scratch.script(MAIN)
project:ok "run main.lua --name one"
project:ok "run main.lua --name two --set k=2"
check.eq(project:rille("run main.lua --name bad --set fail=true").code, 1)

check.test("a finished run opens on its summary, whole and readable", function()
  page(b, project, "two")
  check.eq(heading(b), "two")
  local text = panel(b)
  for _, part in ipairs { "completed in", "1 ran", "2 cached", "Final outputs", "train.model", "2.5", "loss = 0.5",
    "parameter k 1 -> 2", "rille show two" } do
    check.has(text, part)
  end
  check.eq(b:js [[
    var view = document.getElementById("view").getBoundingClientRect();
    return Array.from(document.querySelectorAll("#world .n")).filter(function (n) {
      var r = n.getBoundingClientRect();
      return r.left < view.left || r.top < view.top || r.right > view.right || r.bottom > view.bottom;
    }).length]], 0)
  check.ok(b:js "return document.querySelector('#world .l').getBoundingClientRect().height" >= 10)
  check.eq(b:errors(), {})
end)

check.test("a failed run opens on its failed step: error, why, inputs, source, log", function()
  page(b, project, "bad")
  check.eq(heading(b), "train")
  local text = panel(b)
  for _, part in ipairs { "failed after", "no luck <img src=x onerror=alert(1)>", "parameter fail false -> true",
    "rows", "from load", "Runs after", "check", "bytes left out", "epoch 1\n", "epoch 3000" } do
    check.has(text, part)
  end
  check.has(b:js "return document.querySelector('.line.named').innerText", 'error "no luck')
  check.eq(b:js "return document.title", "bad")
  check.eq(b:js "return document.querySelectorAll('img').length", 0)
  check.eq(b:errors(), {})
end)

check.test("why a step ran is what rille why says, and so is why one was cached", function()
  page(b, project, "two", "#train")
  local said = project:ok "why train --run two"
  check.has(said, "parameter k 1 -> 2")
  check.has(panel(b), "parameter k 1 -> 2")
  check.has(panel(b), "compared with one")
  page(b, project, "two", "#load")
  check.has(panel(b), project:ok("why load --run two"):match "\n  ([^\n]+)")
end)

check.test("a click shows a step and lights what leads to it, arrowheads too; Escape goes back", function()
  page(b, project, "two")
  b:click '#world [aria-label^="step train"] circle'
  check.eq(heading(b), "train")
  check.ok(b:js "return document.querySelectorAll('#world .e.lit').length" >= 3)
  check.eq(b:js "return getComputedStyle(document.querySelector('.e.lit')).markerEnd", 'url("#tip-lit")')
  check.eq(b:js "return document.querySelectorAll('#world .e.order.lit').length", 1)
  check.eq(b:js "return location.hash", "#train")
  b:keys(browser.ESCAPE)
  check.eq(heading(b), "two")
  check.eq(b:js "return document.querySelectorAll('.lit').length", 0)
end)

check.test("keys alone go along the edges, into the panel and back, and find", function()
  page(b, project, "two")
  b:js "document.getElementById('view').focus()"
  b:keys(browser.TAB)
  check.eq(b:js "return document.activeElement.getAttribute('aria-label').split(',')[0]", "step load")
  check.eq(heading(b), "load")
  b:keys(browser.DOWN)
  check.has(b:js "return document.activeElement.getAttribute('aria-label')", "artifact ")
  b:keys(browser.ENTER)
  check.eq(b:js "return document.activeElement.id", "panel")
  b:keys(browser.ESCAPE)
  check.has(b:js "return document.activeElement.getAttribute('aria-label')", "artifact ")
  b:keys("/", "trai")
  check.has(panel(b), "1 found")
  b:keys(browser.ENTER)
  check.eq(heading(b), "train")
  local before = b:js "return document.getElementById('world').getAttribute('transform')"
  b:keys "+"
  check.ok(before ~= b:js "return document.getElementById('world').getAttribute('transform')")
end)

check.test("500 steps that are alike are one, which unfolds to those that failed, to all, and folds", function()
  local sweep <close> = scratch.script(SWEEP)
  check.eq(sweep:rille("run main.lua -k --name big -q").code, 1)
  page(b, sweep, "big")
  check.eq(heading(b), "score_7")
  check.has(panel(b), "1 of 3")
  press(b, "Next")
  check.eq(heading(b), "score_207")
  local function cells() return b:js "return document.querySelectorAll('#world .n').length" end
  check.eq(b:js "return document.querySelectorAll('#world .n.failed').length", 4)     -- the group and its three
  local few = cells()
  check.ok(few < 12, few)
  b:click "[data-fold] circle"
  check.has(b:js "return document.getElementById('world').textContent", "score ×500")
  check.has(b:js "return document.getElementById('world').textContent", "3 failed, 497 ran")
  check.has(panel(b), "Unfold only the 3 failed")
  local took = b:js [[
    var from = performance.now();
    Array.from(document.querySelectorAll("#panel button")).find(function (x) { return x.textContent === "Unfold all 500"; }).click();
    document.body.getBoundingClientRect();
    return performance.now() - from]]
  check.ok(cells() > 500, cells())
  check.ok(took < 2000, took)
  b:keys(browser.ESCAPE)
  b:click "#fold"
  check.ok(cells() > 1000, cells())
  check.eq(b:errors(), {})
end)

check.test("a step that was skipped names the step that failed", function()
  local chain <close> = scratch.script [[
local a = step "a" { params = { fail = false }, outputs = { t.integer "n" }, run = function(p) return p.fail and error "no" or 1 end }
local b = step "b" { inputs = { t.integer "n" }, outputs = { t.integer "m" }, run = function(n) return n end }
return pipeline "p" { params = { fail = false }, define = function(p) b { n = a { fail = p.fail } } end }
]]
  chain:ok "run main.lua -q"
  check.eq(chain:rille("run main.lua --set fail=true --name bad -q").code, 1)
  page(b, chain, "bad", "#b")
  check.has(panel(b), "skipped")
  check.has(panel(b), "needs a, which failed")
  check.ok(not panel(b):find "changed", "a step that did not run is not compared")
end)

check.test("a running run opens on the step that runs and has what it printed", function()
  local slow <close> = scratch.script [[
local a = step "a" { outputs = { t.integer "n" }, run = function() print "begun" os.execute "sleep 20" return 1 end }
return pipeline "p" { define = function() a() end }
]]
  slow:sh "$RILLE run main.lua --name slow -q >/dev/null 2>&1 & echo $! >pid"
  for _ = 1, 100 do
    if slow:rille("graph slow").out:find "running" and slow:rille("log slow").out:find "begun" then break end
    os.execute "sleep 0.1"
  end
  page(b, slow, "slow")
  check.eq(heading(b), "a")
  check.has(panel(b), "running")
  check.has(panel(b), "begun")
  slow:sh "kill $(cat pid)"
end)

check.test("names of any kind are text in the page", function()
  local draw = require "rille.show.draw"
  local names = { "<script>alert(1)</script>", "</title></svg><img src=x onerror=alert(1)>", "a\0b\27[2J",
    "\xff\xfe broken", "\u{2028}line\u{2029}", "__proto__", "constructor", "" }
  local nodes, edges = {}, {}
  for i, name in ipairs(names) do
    nodes[i] = { id = name, kind = "step", label = name, status = "completed", details = { { name, name } },
      group = name }
    if i > 1 then edges[#edges + 1] = { from = i - 1, to = i, ports = { name } } end
  end
  local hostile <close> = scratch.new()
  hostile:write("page.html", draw.new({ title = names[2], kind = "plan", status = "plan", about = names[1],
    nodes = nodes, edges = edges }):html())
  b:go("file://" .. hostile.dir .. "/page.html")
  check.eq(b:js "return document.documentElement.getAttribute('data-ready')", tostring(#names))
  for i = 1, #names do
    b:js([[
      var node = document.querySelector('[data-i="' + arguments[0] + '"]');
      node.dispatchEvent(new MouseEvent("click", { bubbles: true }));]], i - 1)
    check.ok(#panel(b) > 0)
  end
  check.eq(b:js "return document.querySelectorAll('img, script').length", 2)
  check.eq(b:errors(), {})
end)

check.test("of a run of many steps the summary says why all ran, and the page says what it leaves out", function()
  local many <close> = scratch.script((SWEEP:gsub("== 7", "== 777"):gsub("1, 500", "1, 700")))
  many:ok "run main.lua --name many -q"
  page(b, many, "many")
  check.eq(heading(b), "many")
  check.has(panel(b), "not run before\n701 steps")
  check.ok(not panel(b):find "is not in this page", panel(b))
  b:js "location.hash = '#score_700'"
  b:drawn()
  check.eq(heading(b), "score_700")
  check.has(panel(b), "Its log, source and changes are not in this page")
  check.has(panel(b), "rille log many/score_700")
  b:js "location.hash = '#best'"
  b:drawn()
  check.has(panel(b), "Source")
end)

check.test("another size of the window fits the drawing again, until it was moved", function()
  page(b, project, "two")
  local function place() return b:js "return document.getElementById('world').getAttribute('transform')" end
  local wide = place()
  b:resize(1000, 800)
  local narrow = place()
  check.ok(narrow ~= wide)
  b:js "document.getElementById('view').focus()"
  b:keys "+"
  local zoomed = place()
  b:resize(1280, 800)
  check.eq(place(), zoomed)
end)

check.test("no script but the page's own runs in it", function()
  page(b, project, "two")
  b:js [[
    var s = document.createElement("script");
    s.textContent = "document.title = 'taken'";
    document.body.appendChild(s);]]
  check.eq(b:js "return document.title", "two")
  check.has(table.concat(b:errors()), "Content Security Policy")
end)

check.test("a plan opens on an overview, a lineage on its artifact", function()
  page(b, project, "main.lua --set k=5")
  check.has(panel(b), "2 cached, 1 to run")
  page(b, project, "p::train::model")
  check.eq(heading(b), "model")
  check.has(panel(b), "Produced by")
  check.eq(b:errors(), {})
end)

check.done()

-- html: a drawing as one page that works offline.
--
-- The page has the drawing as SVG, what is known of each node as JSON, and a small
-- script: drag and wheel to move and zoom, keys to go along the edges, details of
-- the node under the pointer or the focus, what leads to it and what follows lit
-- up, a search.  Nothing is loaded from anywhere, which its policy enforces; all
-- text is escaped, and the script puts it in as text.

local draw = require "rille.show.draw"
local fold = require "rille.show.draw.fold"
local svg = require "rille.show.draw.svg"
local json = require "rille.json"
local place = require "rille.show.draw.place"

local STYLE <const> = [[
*{box-sizing:border-box}
html,body{margin:0;height:100%;background:var(--paper);color:var(--ink);font:14px/1.45 system-ui,-apple-system,"Segoe UI","Helvetica Neue",Arial,sans-serif}
body{display:flex;flex-direction:column;--edge:#DDE2E6;--panel:#F6F7F8}
@media (prefers-color-scheme:dark){body{--edge:#2C343B;--panel:#1B2126}}
header{display:flex;flex-wrap:wrap;gap:6px 16px;align-items:center;padding:10px 16px;border-bottom:1px solid var(--edge)}
h1{font-size:16px;margin:0;overflow-wrap:anywhere}header p{margin:0;color:var(--soft);font-size:12px;flex:1 1 200px}
input,button{font:inherit;color:inherit;background:var(--panel);border:1px solid var(--edge);border-radius:6px;padding:4px 10px}
input{width:190px}button{min-width:34px;cursor:pointer}
:focus-visible{outline:2px solid #3B8DBD;outline-offset:1px}
main{flex:1;display:flex;min-height:0}
#view{flex:1;min-width:0;height:100%;touch-action:none;cursor:grab;outline-offset:-2px}#view.drag{cursor:grabbing}
aside{width:310px;border-left:1px solid var(--edge);background:var(--panel);padding:14px 16px;overflow:auto;overflow-wrap:anywhere}
aside h2{font-size:15px;margin:0 0 2px}aside p{margin:0 0 10px;color:var(--soft)}
dl{margin:0}dt{color:var(--soft);font-size:12px}dd{margin:0 0 8px;white-space:pre-wrap}
footer{display:flex;flex-wrap:wrap;gap:4px 18px;padding:6px 16px;border-top:1px solid var(--edge);color:var(--soft);font-size:12px;align-items:center}
footer svg{vertical-align:-5px;margin-right:4px}
@media (max-width:760px){main{flex-direction:column}aside{width:auto;max-height:38%;border-left:0;border-top:1px solid var(--edge)}}
.n{cursor:pointer}.n:focus{outline:none}.n .halo{fill:transparent}
.n:focus-visible .halo,.n.at .halo{fill:none;stroke:#3B8DBD;stroke-width:2}
.dim .n:not(.lit){opacity:.22}.dim .e:not(.lit){opacity:.12}.e.lit{stroke:#3B8DBD;stroke-width:2.2}
]]

-- view: x, y, k map the drawing to the window.  Nodes are numbered from 0 in the
-- order of the page; up and down list neighbours.
local SCRIPT <const> = [==[
"use strict";
(function () {
  var data = JSON.parse(document.getElementById("data").textContent);
  var view = document.getElementById("view"), world = document.getElementById("world"), panel = document.getElementById("panel");
  var find = document.getElementById("find"), count = document.getElementById("count");
  var nodes = Array.prototype.slice.call(world.querySelectorAll(".n")), edges = Array.prototype.slice.call(world.querySelectorAll(".e"));
  var up = nodes.map(function () { return []; }), down = nodes.map(function () { return []; });
  edges.forEach(function (e, i) { down[+e.dataset.a].push([+e.dataset.b, i]); up[+e.dataset.b].push([+e.dataset.a, i]); });
  var x = 0, y = 0, k = 1, current = -1, pinned = -1, moved = false, hits = [];

  function show() { world.setAttribute("transform", "translate(" + x + " " + y + ") scale(" + k + ")"); }
  function zoom(f, cx, cy) {
    var n = Math.min(4, Math.max(0.02, k * f));
    x = cx - (cx - x) * n / k; y = cy - (cy - y) * n / k; k = n; show();
  }
  function fit() {
    var w = view.clientWidth, h = view.clientHeight, right = data.direction === "right";
    k = Math.max(0.75, Math.min(1.25, (w - 48) / data.width, (h - 48) / data.height));
    x = right && data.width * k > w ? 24 : (w - data.width * k) / 2;
    y = !right && data.height * k > h ? 24 : (h - data.height * k) / 2;
    show();
  }
  function whole() {
    var w = view.clientWidth, h = view.clientHeight;
    k = Math.max(0.02, Math.min(1.25, (w - 48) / data.width, (h - 48) / data.height));
    x = (w - data.width * k) / 2; y = (h - data.height * k) / 2; show();
  }
  function put(tag, text, to) { var e = document.createElement(tag); e.textContent = text; to.appendChild(e); return e; }
  function details(i) {
    var one = data.nodes[i];
    panel.textContent = "";
    put("h2", one.label, panel); put("p", one.kind + ", " + one.note, panel);
    var list = put("dl", "", panel);
    one.details.forEach(function (d) { put("dt", d[0], list); put("dd", d[1], list); });
  }
  function light(i) {
    nodes.forEach(function (n) { n.classList.remove("lit"); }); edges.forEach(function (e) { e.classList.remove("lit"); });
    if (i < 0) { world.classList.remove("dim"); return; }
    [up, down].forEach(function (side) {
      var seen = {}, open = [i]; seen[i] = true;
      while (open.length) {
        var v = open.pop(); nodes[v].classList.add("lit");
        side[v].forEach(function (s) { edges[s[1]].classList.add("lit"); if (!seen[s[0]]) { seen[s[0]] = true; open.push(s[0]); } });
      }
    });
    world.classList.add("dim");
  }
  function at(i, lit) {
    if (current >= 0) nodes[current].classList.remove("at");
    current = i;
    if (i >= 0) { nodes[i].classList.add("at"); details(i); }
    light(lit ? i : -1);
  }
  function middle(i) {
    var b = data.nodes[i], w = view.clientWidth, h = view.clientHeight;
    if (k < 0.6) k = 1;
    x = w / 2 - b.x * k; y = h / 2 - b.y * k; show();
  }
  function bring(i) {
    var b = data.nodes[i], px = b.x * k + x, py = b.y * k + y;
    if (px < 40 || py < 40 || px > view.clientWidth - 120 || py > view.clientHeight - 40) middle(i);
  }
  function focus(i) {
    nodes.forEach(function (n, m) { n.setAttribute("tabindex", m === i ? 0 : -1); });
    nodes[i].focus({ preventScroll: true }); bring(i);
  }
  nodes.forEach(function (n, i) {
    n.addEventListener("pointerenter", function () { if (pinned < 0) at(i, nodes.length <= 2000); });
    n.addEventListener("pointerleave", function () { if (pinned < 0) light(-1); });
    n.addEventListener("focus", function () { at(i, true); });
    n.addEventListener("click", function () { if (moved) return; pinned = pinned === i ? -1 : i; at(i, true); });
  });
  var from = null;
  view.addEventListener("pointerdown", function (e) { from = [e.clientX - x, e.clientY - y, e.clientX, e.clientY]; moved = false; });
  window.addEventListener("pointermove", function (e) {
    if (!from) return;
    if (Math.abs(e.clientX - from[2]) + Math.abs(e.clientY - from[3]) > 4) moved = true;
    if (moved) { view.classList.add("drag"); x = e.clientX - from[0]; y = e.clientY - from[1]; show(); }
  });
  window.addEventListener("pointerup", function (e) {
    view.classList.remove("drag");
    if (from && !moved && e.target === view) { pinned = -1; light(-1); }
    from = null;
  });
  view.addEventListener("wheel", function (e) {
    e.preventDefault();
    var r = view.getBoundingClientRect();
    if (e.ctrlKey || e.metaKey || !e.shiftKey && Math.abs(e.deltaX) < 1) zoom(Math.exp(-e.deltaY * 0.0016), e.clientX - r.left, e.clientY - r.top);
    else { x -= e.deltaX || e.deltaY; if (!e.shiftKey) y -= e.deltaY; show(); }
  }, { passive: false });
  function beside(i, step) {
    var row = data.nodes.map(function (n, m) { return m; }).filter(function (m) { return data.nodes[m].layer === data.nodes[i].layer; });
    row.sort(function (a, b) { return data.nodes[a].place - data.nodes[b].place; });
    var n = row[row.indexOf(i) + step];
    return n === undefined ? i : n;
  }
  document.addEventListener("keydown", function (e) {
    if (e.target === find) {
      if (e.key === "Enter" && hits.length) { var n = hits[(hits.indexOf(current) + 1) % hits.length]; at(n, false); search(true); middle(n); }
      if (e.key === "Escape") { find.value = ""; search(); view.focus(); }
      return;
    }
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    var w = view.clientWidth / 2, h = view.clientHeight / 2, on = document.activeElement, i = nodes.indexOf(on);
    if (e.key === "/") { find.focus(); e.preventDefault(); }
    else if (e.key === "+" || e.key === "=") zoom(1.25, w, h);
    else if (e.key === "-") zoom(0.8, w, h);
    else if (e.key === "0") whole();
    else if (e.key === "Escape") { pinned = -1; at(current, false); }
    else if (i >= 0 && (e.key === "Enter" || e.key === " ")) { pinned = pinned === i ? -1 : i; e.preventDefault(); }
    else if (/^Arrow/.test(e.key)) {
      var right = data.direction === "right", name = e.key.slice(5);
      if (right) name = { Right: "Down", Left: "Up", Up: "Left", Down: "Right" }[name];
      if (i < 0) { x += { ArrowLeft: 60, ArrowRight: -60 }[e.key] || 0; y += { ArrowUp: 60, ArrowDown: -60 }[e.key] || 0; show(); }
      else if (name === "Down" && down[i].length) focus(down[i][0][0]);
      else if (name === "Up" && up[i].length) focus(up[i][0][0]);
      else if (name === "Left") focus(beside(i, -1));
      else if (name === "Right") focus(beside(i, 1));
      e.preventDefault();
    }
  });
  function search(keep) {
    var q = find.value.trim().toLowerCase();
    hits = [];
    if (!keep) light(-1);
    if (!q) { count.textContent = ""; light(-1); return; }
    nodes.forEach(function (n, i) {
      var one = data.nodes[i];
      var hit = (one.label + " " + one.kind + " " + one.note + " " + one.details.map(function (d) { return d[1]; }).join(" ")).toLowerCase().indexOf(q) >= 0;
      n.classList.toggle("lit", hit);
      if (hit) hits.push(i);
    });
    world.classList.add("dim");
    count.textContent = hits.length + " found";
  }
  find.addEventListener("input", function () { search(); });
  document.getElementById("in").addEventListener("click", function () { zoom(1.25, view.clientWidth / 2, view.clientHeight / 2); });
  document.getElementById("out").addEventListener("click", function () { zoom(0.8, view.clientWidth / 2, view.clientHeight / 2); });
  document.getElementById("all").addEventListener("click", whole);
  fit();
  document.documentElement.setAttribute("data-ready", nodes.length);
})();
]==]

local function valid(text)
  return utf8.len(text) and text or (text:gsub("[\x80-\xff]", "\u{FFFD}"))
end

-- JSON inside of a script element: no "</script>", no "<!--".
local function data_of(drawing, placed)
  local nodes, place_in = {}, {}
  local order = {}
  for i = 1, #drawing.nodes do order[i] = i end
  local down = placed.direction == "down"
  table.sort(order, function(a, b)
    local p, q = placed.nodes[a], placed.nodes[b]
    if down then return p.x < q.x end
    return p.y < q.y
  end)
  for rank, i in ipairs(order) do place_in[i] = rank end
  for i, node in ipairs(drawing.nodes) do
    local at, details = placed.nodes[i], {}
    for k, pair in ipairs(node.details or {}) do details[k] = json.array { valid(pair[1]), valid(pair[2]) } end
    nodes[i] = { label = valid(node.label), kind = node.kind, note = valid(draw.note(node)),
      details = json.array(details), x = at.x, y = at.y, layer = at.layer, place = place_in[i] }
  end
  local text = json.encode { nodes = json.array(nodes), width = placed.width, height = placed.height,
    direction = placed.direction }
  return (text:gsub("[<>&]", { ["<"] = "\\u003c", [">"] = "\\u003e", ["&"] = "\\u0026" }):gsub("\u{2028}",
    "\\u2028"):gsub("\u{2029}", "\\u2029"))
end

local function legend_of(drawing)
  local parts = {}
  for _, one in ipairs(svg.legend(drawing)) do
    parts[#parts + 1] = string.format('<span><svg class="n %s %s" width="20" height="20" viewBox="-14 -14 28 28" aria-hidden="true">%s</svg>%s</span>', one.kind, one.status, svg.glyph(one, 0, 0), svg.escape(one.text))
  end
  return table.concat(parts)
end

local POLICY <const> = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

return function(drawing, options)
  local seen = fold.readable(drawing, options)
  local placed = place(seen)
  local title = svg.escape(seen.title)
  return table.concat {
    '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="', POLICY, '">\n',
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="color-scheme" content="light dark">\n<title>', title, "</title>\n<style>\n",
    svg.style(), STYLE, "</style>\n</head>\n<body>\n<header><h1>", title, "</h1><p>", svg.escape(svg.about(seen)),
      "</p>\n",
    '<span id="count" role="status"></span><input id="find" type="search" placeholder="Find ( / )" aria-label="Find steps and artifacts">\n',
    '<span><button id="out" aria-label="Smaller" title="Smaller (-)">&#8722;</button> <button id="in" aria-label="Larger" title="Larger (+)">+</button> ',
    '<button id="all" title="All of it (0)">All</button></span></header>\n',
    '<main><svg id="view" tabindex="0" role="group" aria-label="Graph: Tab goes to the nodes, the arrow keys along the edges">\n', svg.MARKER, '<g id="world">\n',
    svg.body(seen, placed, true), '</g></svg>\n<aside id="panel" aria-live="polite"><p>Point at a step or an artifact to see what it is; click to keep it lit. ',
    "Drag and wheel move and zoom; / finds; Tab and the arrow keys go along the edges.</p></aside></main>\n<footer>",
      legend_of(seen), "</footer>\n",
    '<script type="application/json" id="data">', data_of(seen, placed), "</script>\n<script>", SCRIPT,
      "</script>\n</body>\n</html>\n",
  }
end

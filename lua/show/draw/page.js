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

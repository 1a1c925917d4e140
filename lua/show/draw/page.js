// page: what is selected and opened first, pointers, keys, search.

var find = document.getElementById("find"), foldButton = document.getElementById("fold");
var selected = -1, hits = [], hovered = -1;

// Makes a node the one that the panel shows; -1: the run.
function select(i, isFar) {
  if (i >= 0) reveal(i);
  selected = i;
  mark();
  showNode(i);
  light(i);
  if (i >= 0 && isFar && placeOf(i)) bring(i);
  remember(i);
}

function mark() {
  world.querySelectorAll(".at").forEach(function (e) { e.classList.remove("at"); });
  var e = shown.elements[selected] || shown.elements[shown.item[selected]];
  if (e) e.classList.add("at");
  world.querySelectorAll('[tabindex="0"]').forEach(function (n) { n.setAttribute("tabindex", -1); });
  e = e || world.querySelector(".n");
  if (e) e.setAttribute("tabindex", 0);
}

// After the drawing was made anew.
function again() {
  mark();
  showNode(selected);
  if (selected >= 0) light(selected);
}

// The address says which node is shown, so that it can be sent to others.
function remember(i) {
  var address = i < 0 ? "#" : "#" + encodeURIComponent(nodes[i].id);
  try { history.replaceState(null, "", address); } catch (e) { /* a page inside of another */ }
}

function fromAddress() {
  var id;
  try { id = decodeURIComponent(location.hash.slice(1)); } catch (e) { return -1; }
  for (var i = 0; id && i < nodes.length; i++) if (nodes[i].id === id) return i;
  return -1;
}

window.addEventListener("hashchange", function () {
  var i = fromAddress();
  if (i !== selected) select(i, true);
});

// Views

function show(name) {
  shown.name = name;
  draw();
  foldButton.hidden = !(data.views.full && data.views.folded);
  foldButton.textContent = name === "folded" ? "Unfold all" : "Fold alike";
  foldButton.title = name === "folded" ? "Draw every step (f)" : "Draw steps that are alike as one (f)";
}

function toggleFold() {
  if (foldButton.hidden) return;
  show(shown.name === "folded" ? "full" : "folded");
  fitReadable(selected >= 0 && placeOf(selected) ? selected : -1);
  again();
}

function isReadable(name) { return scaleOf(data.views[name]) >= READABLE; }

// The artifact whose lineage is drawn: the last of that digest.
function traced() {
  var digest = run.title.split(" ").pop(), found = -1;
  nodes.forEach(function (node, i) {
    var own = !node.members && valueOf(node.details, "digest");
    if (own && own.indexOf(digest) === 0 && !downs[i].length) found = i;
  });
  return found;
}

// What matters most: the first step that failed, else one that is running.
function important() {
  if (run.kind === "lineage") return traced();
  var all = steps();
  function first(status) { return all.filter(function (i) { return nodes[i].status === status; })[0]; }
  var i = first("failed");
  if (i === undefined) i = first("running");
  return i === undefined ? -1 : i;
}

function start() {
  var i = fromAddress(), matters = i >= 0 ? i : important();
  var name = !data.views.folded || data.open === "full" && data.views.full ? "full" : !data.views.full ? "folded"
    : isReadable("full") ? "full" : "folded";
  shown.name = name;
  if (name === "folded" && matters >= 0 && groupOf[matters] !== undefined) {
    shown.open[groupOf[matters]] = isBad(matters) ? "failed" : "all";
  }
  show(name);
  fitReadable(matters);
  selected = matters;
  mark();
  showNode(matters);
}

// Pointers

function nodeAt(e) {
  var g = e.target && e.target.closest && e.target.closest("[data-i]");
  return g ? +g.getAttribute("data-i") : -1;
}

var pointers = {}, from = null, moved = false, pinch = 0;

function distance() {
  var p = Object.keys(pointers).map(function (id) { return pointers[id]; });
  return p.length === 2 ? Math.hypot(p[0].x - p[1].x, p[0].y - p[1].y) : 0;
}

function startOf(p) { return { x: p.x - at.x, y: p.y - at.y, cx: p.x, cy: p.y }; }

view.addEventListener("pointerdown", function (e) {
  pointers[e.pointerId] = { x: e.clientX, y: e.clientY };
  from = startOf(pointers[e.pointerId]);
  moved = false;
  pinch = distance();
});
window.addEventListener("pointermove", function (e) {
  if (!pointers[e.pointerId]) return;
  pointers[e.pointerId] = { x: e.clientX, y: e.clientY };
  if (pinch) {
    var now = distance(), r = view.getBoundingClientRect();
    zoom(now / pinch, e.clientX - r.left, e.clientY - r.top);
    pinch = now;
    moved = true;
    return;
  }
  if (Math.abs(e.clientX - from.cx) + Math.abs(e.clientY - from.cy) > 4) moved = true;
  if (!moved) return;
  view.classList.add("drag");
  shown.touched = true;
  at.x = e.clientX - from.x; at.y = e.clientY - from.y;
  move();
});
function release(e) {
  delete pointers[e.pointerId];
  view.classList.remove("drag");
  pinch = 0;
  var left = Object.keys(pointers)[0];
  if (left) from = startOf(pointers[left]);
}
window.addEventListener("resize", function () { if (!shown.touched) fitReadable(selected); });
window.addEventListener("pointerup", release);
window.addEventListener("pointercancel", release);

view.addEventListener("click", function (e) {
  if (moved) return;
  var sign = e.target.closest && e.target.closest("[data-fold]");
  if (sign) { toggleGroup(+sign.getAttribute("data-fold")); return; }
  select(nodeAt(e), false);
});
view.addEventListener("dblclick", function (e) {
  var i = nodeAt(e);
  if (i >= 0 && nodes[i].members) toggleGroup(i);
});
view.addEventListener("pointerover", function (e) {
  var i = nodeAt(e);
  if (e.pointerType === "touch" || selected >= 0 || i === hovered || world.childNodes.length > 3000) return;
  hovered = i;
  light(i);
});
view.addEventListener("wheel", function (e) {
  e.preventDefault();
  var r = view.getBoundingClientRect();
  if (e.shiftKey) { at.x -= e.deltaY || e.deltaX; move(); return; }
  if (Math.abs(e.deltaX) > Math.abs(e.deltaY)) { at.x -= e.deltaX; move(); return; }
  zoom(Math.exp(-e.deltaY * (e.ctrlKey ? 0.01 : 0.0016)), e.clientX - r.left, e.clientY - r.top);
}, { passive: false });

function toggleGroup(g) { selected = g; setOpen(g, shown.open[g] ? null : "all"); remember(g); }

// Keys

function focusOn(i) {
  var e = shown.elements[i];
  if (e) e.focus({ preventScroll: true });
  return !!e;
}

function goTo(i) {
  if (i === undefined) return;
  select(i, true);
  focusOn(i);
}

// The node beside one in its layer, or in the grid of its group.
function beside(i, step) {
  var b = placeOf(i), cells = shown.item[i] !== i && shown.boxes[shown.item[i]].grid;
  if (cells) return cells.members[cells.members.indexOf(i) + step];
  var list = Object.keys(shown.boxes).map(Number).filter(function (j) {
    var c = shown.boxes[j];
    return shown.right ? Math.abs(c.x - b.x) < 3 : Math.abs(c.y - b.y) < 3;
  });
  var side = shown.right ? "y" : "x";
  list.sort(function (p, q) { return shown.boxes[p][side] - shown.boxes[q][side]; });
  return list[list.indexOf(i) + step];
}

// Along the edges; in a grid to the cells above and below.
function along(i, step) {
  var g = shown.item[i], grid = g !== i && shown.boxes[g].grid;
  if (grid) {
    var k = grid.members.indexOf(i) + step * grid.columns;
    return k < 0 ? g : grid.members[k];
  }
  if (step > 0 && shown.boxes[i].grid) return shown.boxes[i].grid.members[0];
  var list = (step > 0 ? shown.after : shown.before)[i];
  return list && list[0];
}

var TURNED = { ArrowRight: "ArrowDown", ArrowLeft: "ArrowUp", ArrowUp: "ArrowLeft", ArrowDown: "ArrowRight" };

function arrow(key, i) {
  if (i < 0) {
    at.x += { ArrowLeft: 60, ArrowRight: -60 }[key] || 0;
    at.y += { ArrowUp: 60, ArrowDown: -60 }[key] || 0;
    move();
    return;
  }
  var inGrid = shown.item[i] !== i || shown.boxes[i].grid;
  if (shown.right && !inGrid) key = TURNED[key];
  goTo(key === "ArrowDown" ? along(i, 1) : key === "ArrowUp" ? along(i, -1) : beside(i, key === "ArrowLeft" ? -1 : 1));
}

function open(i) {
  if (!nodes[i].members) { select(i, false); panel.focus(); return; }
  toggleGroup(i);
  focusOn(i);
}

// Back: from the panel to the graph, then to the run.
function back() {
  if (panel.contains(document.activeElement) && focusOn(selected)) return;
  select(-1, false);
  view.focus({ preventScroll: true });
}

function larger() { zoom(1.25); }
function smaller() { zoom(0.8); }

var KEYS = { "+": larger, "=": larger, "-": smaller, "0": fit, "f": toggleFold, "Escape": back,
  "/": function () { find.focus(); find.select(); } };

document.addEventListener("keydown", function (e) {
  if (e.ctrlKey || e.metaKey || e.altKey || e.target === find) return;
  var on = document.activeElement, i = nodeAt({ target: on }), inPanel = panel.contains(on);
  if (KEYS[e.key]) { KEYS[e.key](); e.preventDefault(); }
  else if (i >= 0 && (e.key === "Enter" || e.key === " ")) { open(i); e.preventDefault(); }
  else if (/^Arrow/.test(e.key) && !inPanel) { arrow(e.key, i); e.preventDefault(); }
});
view.addEventListener("focusin", function (e) {
  var i = nodeAt(e);
  if (i >= 0 && i !== selected && e.target.matches(":focus-visible")) select(i, true);
});

// Search

function textOf(i) {
  var node = nodes[i], facts = node.facts || {};
  return [node.label, node.kind, node.note, node.word, node.preview, facts.error].join(" ").toLowerCase();
}

function search() {
  var q = find.value.trim().toLowerCase();
  if (!q) { select(selected, false); return; }
  hits = nodes.map(function (_, i) { return i; }).filter(function (i) {
    return !nodes[i].members && textOf(i).indexOf(q) >= 0;
  });
  // names that begin so come first, steps before artifacts
  function rank(i) {
    var place = nodes[i].label.toLowerCase().indexOf(q);
    return (place < 0 ? 2 : place > 0 ? 1 : 0) + (nodes[i].kind === "step" ? 0 : 0.5);
  }
  hits.sort(function (a, b) { return rank(a) - rank(b) || a - b; });
  showList(hits, count(hits.length) + " found");
}

find.addEventListener("input", search);
find.addEventListener("keydown", function (e) {
  if (e.key === "Enter" && hits.length) { find.value = ""; goTo(hits[0]); }
  if (e.key === "Escape") { find.value = ""; search(); view.focus({ preventScroll: true }); }
});

document.getElementById("in").addEventListener("click", larger);
document.getElementById("out").addEventListener("click", smaller);
document.getElementById("all").addEventListener("click", fit);
foldButton.addEventListener("click", toggleFold);

// Paper has the drawing as a whole.
window.addEventListener("beforeprint", function () {
  view.setAttribute("viewBox", "-8 -8 " + (shown.size.width + 16) + " " + (shown.size.height + 16));
  world.removeAttribute("transform");
});
window.addEventListener("afterprint", function () { view.removeAttribute("viewBox"); move(); });

document.getElementById("about").textContent = run.line;
start();
document.documentElement.setAttribute("data-ready", nodes.length);

// page_view: the drawing in the window: places, shapes, edges, zoom, what is lit.
//
// shown.boxes has the places of the nodes that are drawn, by number; shown.elements their elements, those of the
// members of unfolded groups too; shown.item the node that stands for a node: itself, or its group; shown.touched: the
// user has moved or zoomed it.

var SVG = document.getElementById("view").namespaceURI;
var READABLE = 0.8, LARGEST = 1.25;
var data = JSON.parse(document.getElementById("data").textContent);
var nodes = data.nodes, wires = data.wires, run = data.run;
var view = document.getElementById("view"), world = document.getElementById("world");
var at = { x: 0, y: 0, k: 1 };
var shown = { name: "full", open: {}, boxes: {}, edges: [], elements: {}, item: [], size: null, right: false,
  touched: false };
var ups = nodes.map(function () { return []; }), downs = nodes.map(function () { return []; });
wires.forEach(function (w, i) { downs[w[0]].push([w[1], i]); ups[w[1]].push([w[0], i]); });

function make(tag, attributes, to) {
  var e = document.createElementNS(SVG, tag);
  Object.keys(attributes).forEach(function (name) { e.setAttribute(name, attributes[name]); });
  if (to) to.appendChild(e);
  return e;
}

function svgText(text, name, x, y, to) {
  make("text", { "class": name, x: x, y: y }, to).textContent = text;
}

// Shapes

function shape(node, x, y, to) {
  if (node.kind === "step") make("circle", { "class": "g", cx: x, cy: y, r: 11 }, to);
  else make("rect", { "class": "g", x: x - 9, y: y - 9, width: 18, height: 18, rx: 2.5 }, to);
}

function glyph(node, x, y, to) {
  if (node.members) shape(node, x + 4, y - 4, make("g", { "class": "back" }, to));
  if (node.slow) make("circle", { "class": "ring", cx: x, cy: y, r: 15 }, to);
  shape(node, x, y, to);
  var sign = node.kind === "step" && (data.signs[node.status] || data.signs.skipped);
  if (sign) make("path", { "class": "s", transform: "translate(" + x + " " + y + ")", d: sign }, to);
}

// The plus or minus that unfolds or folds a group.
function badge(i, sign, x, y, to) {
  var g = make("g", { "class": "badge", "data-fold": i }, to);
  make("title", {}, g).textContent = sign === "+" ? "Unfold" : "Fold";
  make("circle", { cx: x, cy: y, r: 8 }, g);
  make("path", { d: "M" + (x - 4) + " " + y + "h8" + (sign === "+" ? "M" + x + " " + (y - 4) + "v8" : "") }, g);
}

function nodeElement(i, to) {
  var node = nodes[i];
  var g = make("g", { "class": "n " + node.kind + " " + node.status + (node.slow ? " slow" : ""), "data-i": i,
    tabindex: -1, role: "button", "aria-label": node.kind + " " + (node.text || node.label) + ", " + node.note }, to);
  make("title", {}, g).textContent = node.label + "\n" + node.note;
  shown.elements[i] = g;
  return g;
}

function drawNode(i, b) {
  var node = nodes[i], g = nodeElement(i, world);
  make("rect", { "class": "halo", x: b.left - 3, y: b.top - 1, width: b.width + 14, height: b.height + 2, rx: 8 }, g);
  glyph(node, b.x, b.y, g);
  if (shown.right) {
    svgText(node.text || node.label, "l mid", b.x, b.y + 26, g);
    svgText(node.note, "d mid", b.x, b.y + 40, g);
  } else {
    svgText(node.text || node.label, "l", b.x + 18, b.y - 1, g);
    svgText(node.note, "d", b.x + 18, b.y + 13, g);
  }
  if (node.members) badge(i, "+", b.x - 10, b.y + 10, g);
}

// Edges

// Where an edge leaves or reaches a node along the flow.
function border(i, along, leaves) {
  var b = shown.boxes[i], r = nodes[i].kind === "step" ? 12 : 10;
  if (!b.grid) return leaves ? along + r : along - r - 1;
  if (shown.right) return leaves ? b.left + b.width : b.left - 1;
  return leaves ? b.top + b.height : b.top - 1;
}

// Straight inside of the layers, curves between them (svg.lua has the same).
function path(edge) {
  var p = edge.points, n = p.length, a = shown.right ? 0 : 1, b = 1 - a;
  var along = border(edge.from, p[a], true), across = p[b], stop = border(edge.to, p[n - 2 + a], false);
  var straight = false, text;
  function point(u, v) { return shown.right ? u + " " + v : v + " " + u; }
  function line() { if (straight) text += (shown.right ? "H" : "V") + along; straight = false; }
  text = "M" + point(along, across);
  for (var k = 2; k < n; k += 2) {
    var u = k + 2 === n ? stop : p[k + a], v = p[k + b];
    if (v === across) { along = u; straight = true; continue; }
    line();
    var middle = (along + u) / 2;
    text += "C" + point(middle, across) + " " + point(middle, v) + " " + point(u, v);
    along = u; across = v;
  }
  line();
  return text;
}

function drawEdge(edge) {
  edge.element = make("path", { "class": "e" + ["", " dashed", " order"][edge.kind], d: path(edge) }, world);
}

function draw() {
  placeNodes();
  world.textContent = "";
  shown.elements = {};
  shown.edges.forEach(drawEdge);
  Object.keys(shown.boxes).forEach(function (i) {
    var b = shown.boxes[i];
    if (b.grid) drawGrid(+i, b); else drawNode(+i, b);
  });
  linkNeighbours();
}

// The neighbours of each node that is drawn.
function linkNeighbours() {
  shown.before = {}; shown.after = {};
  shown.edges.forEach(function (e) {
    (shown.after[e.from] = shown.after[e.from] || []).push(e.to);
    (shown.before[e.to] = shown.before[e.to] || []).push(e.from);
  });
}

// Zoom

function move() {
  world.setAttribute("transform", "translate(" + at.x + " " + at.y + ") scale(" + at.k + ")");
  view.classList.toggle("far", at.k < 0.45);
}

function zoom(factor, cx, cy) {
  var k = Math.min(4, Math.max(0.02, at.k * factor));
  shown.touched = true;
  if (cx === undefined) { cx = view.clientWidth / 2; cy = view.clientHeight / 2; }
  at.x = cx - (cx - at.x) * k / at.k;
  at.y = cy - (cy - at.y) * k / at.k;
  at.k = k;
  move();
}

// The scale at which a drawing of that size is in the window.
function scaleOf(size) {
  var w = (view.clientWidth - 32) / size.width, h = (view.clientHeight - 32) / size.height;
  return Math.max(0.02, Math.min(LARGEST, w, h));
}

function centre() {
  at.x = (view.clientWidth - shown.size.width * at.k) / 2;
  at.y = (view.clientHeight - shown.size.height * at.k) / 2;
}

function fit() { at.k = scaleOf(shown.size); centre(); move(); }

// All of the drawing where its labels can be read then; else its beginning, or a node of it, at a scale at which
// they can.
function fitReadable(i) {
  var k = scaleOf(shown.size);
  at.k = Math.max(k, READABLE);
  centre();
  if (k < READABLE) {
    if (shown.size.width * at.k > view.clientWidth && shown.right) at.x = 16;
    if (shown.size.height * at.k > view.clientHeight && !shown.right) at.y = 16;
    if (i >= 0) middle(i);
  }
  move();
}

// The box of a node, or of the cell of a member.
function placeOf(i) {
  var group = shown.item[i];
  if (shown.boxes[i]) return shown.boxes[i];
  var b = shown.boxes[group];
  return b && b.grid && b.grid.cells[i] || b;
}

function middle(i) {
  var b = placeOf(i);
  if (at.k < READABLE) at.k = 1;
  at.x = view.clientWidth / 2 - b.x * at.k;
  at.y = view.clientHeight / 2 - b.y * at.k;
  // not further than needed
  var w = shown.size.width * at.k, h = shown.size.height * at.k;
  if (w < view.clientWidth - 32) at.x = (view.clientWidth - w) / 2;
  if (h < view.clientHeight - 32) at.y = (view.clientHeight - h) / 2;
  move();
}

// The box of a group that was unfolded, all of it where its shapes can still be told apart.
function frame(b) {
  var w = view.clientWidth - 24, h = view.clientHeight - 24;
  at.k = Math.max(0.5, Math.min(at.k, w / b.width, h / b.height));
  at.x = Math.max(12, (view.clientWidth - b.width * at.k) / 2) - b.left * at.k;
  at.y = Math.max(12, (view.clientHeight - b.height * at.k) / 2) - b.top * at.k;
  move();
}

function isWithin(b) {
  var left = b.left * at.k + at.x, top = b.top * at.k + at.y;
  var right = left + b.width * at.k, bottom = top + b.height * at.k;
  return left >= 0 && top >= 0 && right <= view.clientWidth && bottom <= view.clientHeight;
}

function bring(i) { if (!isWithin(placeOf(i))) middle(i); }

// What is lit: a node with all that leads to it and all that follows from it.

function membersOf(i) { return nodes[i].members || [i]; }

function reach(starts, side, lit) {
  var seen = {}, queue = starts.slice();
  starts.forEach(function (i) { seen[i] = true; });
  while (queue.length) {
    var i = queue.pop();
    lit.nodes[i] = true;
    side[i].forEach(function (next) {
      var w = wires[next[1]];
      lit.pairs[shown.item[w[0]] + " " + shown.item[w[1]]] = true;
      if (!seen[next[0]]) { seen[next[0]] = true; queue.push(next[0]); }
    });
  }
}

function lightUp(lit) {
  Object.keys(shown.elements).forEach(function (i) {
    shown.elements[i].classList.toggle("lit", membersOf(+i).some(function (m) { return lit.nodes[m]; }));
  });
  shown.edges.forEach(function (e) { e.element.classList.toggle("lit", !!lit.pairs[e.from + " " + e.to]); });
  world.classList.add("dim");
}

function light(i) {
  if (i < 0) { world.classList.remove("dim"); lightNone(); return; }
  var lit = { nodes: {}, pairs: {} };
  reach(membersOf(i), ups, lit);
  reach(membersOf(i), downs, lit);
  lightUp(lit);
}

function lightNone() {
  world.querySelectorAll(".lit").forEach(function (e) { e.classList.remove("lit"); });
}

// page_fold: groups of nodes that are alike.  A group that is unfolded is a box with its members in a grid; the drawing
// around it is stretched, so that what was beside or below it still is.

var LABELLED = 80;                       // members up to which cells have labels
var HEAD = 30, PAD = 12;

var groupOf = {};
nodes.forEach(function (node, g) { if (node.members) node.members.forEach(function (m) { groupOf[m] = g; }); });

function isBad(i) { return nodes[i].status === "failed" || nodes[i].status === "running"; }

// The members that are shown of an unfolded group.
function membersShown(g) {
  var members = nodes[g].members;
  return shown.open[g] === "failed" ? members.filter(isBad) : members;
}

function cellSize(members) {
  if (members.length > LABELLED) return { width: 26, height: 26, labelled: false };
  var longest = members.reduce(function (most, i) {
    var node = nodes[i];
    return Math.max(most, nameOf(i).length * 7.6, node.note.length * 6.4);
  }, 60);
  return { width: Math.min(300, longest) + 46, height: 42, labelled: true };
}

// A name that says of which step an artifact is.
function nameOf(i) {
  var from = nodes[i].kind === "artifact" && ups[i][0];
  return from ? nodes[from[0]].label + "." + nodes[i].label : nodes[i].label;
}

// Where the cells of a group are, from the box's left upper corner.
function gridOf(g) {
  var members = membersShown(g), size = cellSize(members), n = members.length;
  var columns = Math.max(1, Math.min(n, Math.round(Math.sqrt(n * 1.7 * size.height / size.width))));
  var rows = Math.ceil(n / columns);
  var rest = nodes[g].members.length - n;
  var text = (nodes[g].text || nodes[g].label) + (rest ? ": " + count(n) + " shown" : "");
  return { members: members, text: text, columns: columns, size: size, cells: {},
    width: Math.max(columns * size.width + 2 * PAD, text.length * 8.2 + 60), height: rows * size.height + HEAD + PAD };
}

// Makes room for the box of a group: what is after it along the flow moves on, what is beside it moves aside.  grown
// has by place along the flow what other boxes there took.
function stretch(g, grid, grown) {
  var b = shown.boxes[g], right = shown.right;
  var along = right ? "x" : "y", across = right ? "y" : "x";
  var length = right ? grid.width - b.width : grid.height - b.height, half = (right ? grid.height : grid.width) / 2;
  var low = right ? b.y - b.top : b.x - b.left, high = (right ? b.height : b.width) - low;
  var before = Math.max(0, half - low), after = Math.max(0, half - high);
  var u0 = b[along], v0 = b[across], taken = grown[Math.round(u0)] || 0;
  grown[Math.round(u0)] = Math.max(taken, length);
  length = Math.max(0, length - taken);
  function alongOf(u) { return u > u0 + 2 ? u + length : u; }
  function acrossOf(v) { return v > v0 ? v + before + after : v < v0 ? v : v + before; }
  var fx = right ? alongOf : acrossOf, fy = right ? acrossOf : alongOf;
  Object.keys(shown.boxes).forEach(function (i) { moveBox(shown.boxes[i], fx, fy); });
  shown.edges.forEach(function (e) {
    for (var k = 0; k < e.points.length; k += 2) {
      e.points[k] = fx(e.points[k]);
      e.points[k + 1] = fy(e.points[k + 1]);
    }
  });
  shown.size.width += right ? length : before + after;
  shown.size.height += right ? before + after : length;
  b = shown.boxes[g];
  b.left = right ? b.left : b.x - grid.width / 2;
  b.top = right ? b.y - grid.height / 2 : b.top;
  b.width = grid.width; b.height = grid.height; b.grid = grid;
}

function moveBox(b, fx, fy) {
  var x = fx(b.x), y = fy(b.y);
  b.left += x - b.x; b.top += y - b.y;
  if (b.grid) Object.keys(b.grid.cells).forEach(function (m) {
    var c = b.grid.cells[m];
    c.x += x - b.x; c.y += y - b.y; c.left += x - b.x; c.top += y - b.y;
  });
  b.x = x; b.y = y;
}

function placeCells(b) {
  var grid = b.grid, size = grid.size;
  grid.members.forEach(function (m, k) {
    var left = b.left + PAD + (k % grid.columns) * size.width;
    var top = b.top + HEAD + Math.floor(k / grid.columns) * size.height;
    grid.cells[m] = { left: left, top: top, x: left + 15, y: top + size.height / 2 - 2, width: size.width - 4,
      height: size.height - 2 };
  });
}

// The boxes and edges of the view with the groups that are unfolded in it.
function placeNodes() {
  var base = data.views[shown.name];
  shown.right = base.direction === "right";
  shown.size = { width: base.width, height: base.height };
  shown.boxes = {};
  base.nodes.forEach(function (n, i) {
    var p = base.places.slice(6 * i, 6 * i + 6);
    shown.boxes[n] = { x: p[0], y: p[1], left: p[2], top: p[3], width: p[4], height: p[5] };
  });
  shown.item = nodes.map(function (_, i) { return shown.boxes[i] ? i : groupOf[i]; });
  shown.edges = base.edges.map(function (e) { return { from: e[0], to: e[1], kind: e[2], points: e[3].slice() }; });
  var groups = Object.keys(shown.open).filter(function (g) { return shown.boxes[g]; }), grown = {};
  // the last along the flow first: a box that grows then moves none whose place is a key of grown
  var way = shown.right ? "x" : "y";
  groups.sort(function (p, q) { return shown.boxes[q][way] - shown.boxes[p][way]; });
  groups.forEach(function (g) { stretch(+g, gridOf(+g), grown); });
  Object.keys(shown.boxes).forEach(function (g) { if (shown.boxes[g].grid) placeCells(shown.boxes[g]); });
}

// Long names lose their middle.
function short(text) { return text.length <= 38 ? text : text.slice(0, 22) + "…" + text.slice(-15); }

function drawCell(m, cell, labelled) {
  var node = nodes[m], g = nodeElement(m, world);
  make("rect", { "class": "halo", x: cell.left, y: cell.top, width: cell.width, height: cell.height, rx: 6 }, g);
  if (!labelled) { glyph(node, cell.left + 11, cell.top + 12, g); return; }
  glyph(node, cell.x, cell.y, g);
  svgText(short(nameOf(m)), "l", cell.x + 18, cell.y - 1, g);
  svgText(node.note, "d", cell.x + 18, cell.y + 13, g);
}

function drawGrid(g, b) {
  var grid = b.grid, node = nodes[g];
  var box = make("g", { "class": "group " + node.status }, world);
  make("rect", { "class": "box", x: b.left, y: b.top, width: b.width, height: b.height, rx: 10 }, box);
  var head = nodeElement(g, box);
  make("rect", { "class": "halo", x: b.left + 2, y: b.top + 2, width: b.width - 4, height: HEAD - 6, rx: 8 }, head);
  svgText(grid.text, "l", b.left + PAD + 16, b.top + 19, head);
  badge(g, "-", b.left + 14, b.top + 15, head);
  grid.members.forEach(function (m) { drawCell(m, grid.cells[m], grid.size.labelled); });
}

// Unfolds a group ("all", "failed") or folds it (null); the node stays where it is in the window.
function setOpen(g, mode) {
  var old = placeOf(g), x = old.x * at.k + at.x, y = old.y * at.k + at.y;
  if (mode) shown.open[g] = mode; else delete shown.open[g];
  draw();
  var b = placeOf(g);
  at.x = x - b.x * at.k; at.y = y - b.y * at.k;
  if (mode && !isWithin(b)) frame(b); else move();
  again();
}

// Unfolds what is needed for a node to be seen.
function reveal(i) {
  var g = groupOf[i];
  if (shown.boxes[i] || g === undefined || shown.elements[i]) return;
  setOpen(g, isBad(i) && !shown.open[g] ? "failed" : "all");
}

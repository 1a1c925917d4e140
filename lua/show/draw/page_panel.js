// page_panel: what is known of the run, of a step, an artifact or a group, beside the drawing.

var panel = document.getElementById("panel");
var MOST = 20;                           // rows of a list before "more"

function put(tag, text, to, name) {
  var e = document.createElement(tag);
  if (text !== undefined && text !== null) e.textContent = text;
  if (name) e.className = name;
  to.appendChild(e);
  return e;
}

function button(text, to, action, name) {
  var b = put("button", text, to, name);
  b.type = "button";
  b.addEventListener("click", action);
  return b;
}

function section(title, to) {
  var s = put("section", null, to);
  put("h3", title, s);
  return s;
}

// A section that opens and closes.
function foldable(title, open, to) {
  var d = put("details", null, to);
  d.open = open;
  put("summary", title, d);
  return d;
}

function pairs(title, list, to) {
  if (!list || !list.length) return;
  var dl = put("dl", null, title ? section(title, to) : to);
  list.forEach(function (pair) {
    put("dt", pair[0], dl);
    var dd = put("dd", pair[1], dl);
    if (pair[2]) put("span", pair[2], dd, "spark");
  });
}

// The first rows of a list, and a button for the others.
function rows(list, to, row, most) {
  var ul = put("ul", null, to);
  function some(from, n) { list.slice(from, from + n).forEach(function (one) { row(one, put("li", null, ul)); }); }
  most = most || MOST;
  some(0, most);
  if (list.length > most) {
    var more = button(count(list.length - most) + " more", to, function () {
      some(most, list.length);
      more.remove();
    }, "more");
  }
}

function count(n) { return String(n).replace(/\B(?=(\d{3})+$)/g, ","); }
function plural(n, word) { return count(n) + " " + word + (n === 1 ? "" : "s"); }

// A picture of the node, as in the drawing.
function icon(i, to) {
  var svg = make("svg", { "class": "n " + nodes[i].kind + " " + nodes[i].status, width: 18, height: 18,
    viewBox: "-14 -14 28 28", "aria-hidden": "true" }, to);
  glyph({ kind: nodes[i].kind, status: nodes[i].status }, 0, 0, svg);
}

// A button that goes to a node.
function link(i, to, text, aside) {
  var b = button(null, to, function () { select(i, true); }, "link");
  icon(i, b);
  put("span", text || nodes[i].label, b, "name");
  if (aside) put("span", aside, b, "aside");
  return b;
}

function badgeOf(status, text, to) { put("span", text, to, "status " + status); }

function returnButton(to) {
  button("‹ " + (run.kind === "run" ? "Run" : "Overview"), to, function () { select(-1, false); }, "return");
}

function head(i, kind) {
  var node = nodes[i];
  panel.textContent = "";
  panel.scrollTop = 0;
  var top = put("div", null, panel, "top");
  returnButton(top);
  put("span", kind, top, "aside");
  var h = put("h2", null, panel);
  icon(i, h);
  put("span", node.text && node.members ? node.text : node.label, h);
  return node;
}

function problems(list) { return list.filter(function (i) { return nodes[i].status === "failed"; }); }

function steps() {
  return nodes.map(function (_, i) { return i; }).filter(function (i) {
    return nodes[i].kind === "step" && !nodes[i].members;
  });
}

// A block of text with its first line, or all of it, of an error.
function errorText(node, to, lines) {
  var text = node.facts && node.facts.error || valueOf(node.details, "error");
  if (text) put("pre", lines ? text.split("\n").slice(0, lines).join("\n") : text, to, "error");
}

function valueOf(list, name) {
  var found = (list || []).filter(function (pair) { return pair[0] === name; })[0];
  return found && found[1];
}

// The run

function showFailures(all) {
  var failed = problems(all);
  if (!failed.length) return;
  var s = section(plural(failed.length, "step") + " failed", panel);
  rows(failed, s, function (i, li) {
    link(i, li, null, nodes[i].took ? "after " + nodes[i].took : "");
    errorText(nodes[i], li, 3);
  }, 5);
}

var ORDER = ["failed", "running", "stopped", "completed", "cached", "skipped", "run", "wait", "pending", "unknown"];

function showCounts(all) {
  var by = {};
  all.forEach(function (i) { (by[nodes[i].status] = by[nodes[i].status] || []).push(i); });
  var p = put("p", null, section(plural(all.length, "step"), panel), "counts");
  ORDER.forEach(function (status) {
    var list = by[status];
    if (!list) return;
    var name = nodes[list[0]].word;
    var b = button(count(list.length) + " " + name, p, function () { showList(list, name); }, "status " + status);
    b.title = "List them";
  });
}

// The outputs of the steps none of whose outputs is taken.
function showOutputs() {
  if (run.kind === "run" && run.status !== "completed") return;
  var list = nodes.map(function (_, i) { return i; }).filter(function (i) {
    var node = nodes[i], producer = ups[i][0];
    if (node.kind !== "artifact" || node.members || node.status === "missing" || !producer) return false;
    return downs[producer[0]].every(function (n) { return nodes[n[0]].kind === "step" || !downs[n[0]].length; });
  });
  if (!list.length) return;
  rows(list, section(run.kind === "run" ? "Final outputs" : "Outputs", panel), artifactRow, 12);
}

function artifactRow(i, li) {
  var node = nodes[i];
  link(i, li, nameOf(i), node.note);
  if (node.preview) put("div", node.preview.split("\n")[0], li, "preview");
}

function showMetrics(all) {
  var list = [];
  all.forEach(function (i) {
    var facts = nodes[i].facts;
    (facts && facts.metrics || []).forEach(function (m) { list.push([i, m]); });
  });
  if (!list.length) return;
  rows(list, section("Metrics", panel), function (one, li) {
    link(one[0], li, one[1][0] + " = " + one[1][1], nodes[one[0]].label);
    if (one[1][2]) put("div", one[1][2], li, "spark");
  }, 12);
}

function showSlowest(all) {
  var list = all.filter(function (i) { return nodes[i].took && nodes[i].seconds > 0; });
  list.sort(function (a, b) { return nodes[b].seconds - nodes[a].seconds; });
  if (list.length < 2) return;
  var most = nodes[list[0]].seconds;
  var s = section("Where the time went", panel);
  list.slice(0, 5).forEach(function (i) {
    var row = put("div", null, s, "bar");
    link(i, row, null, nodes[i].took + (nodes[i].slow ? ", slow" : ""));
    put("div", null, row, "length").style.width = 100 * nodes[i].seconds / most + "%";
  });
}

// Why steps ran, or would, each reason once.
function showReasons(all) {
  var by = {}, order = [], told = 0, statuses = run.kind === "plan" ? ["run"] : ["completed", "failed"];
  if (run.kind === "lineage") return;
  var ran = all.filter(function (i) { return statuses.indexOf(nodes[i].status) >= 0; });
  ran.forEach(function (i) {
    var why = nodes[i].facts && nodes[i].facts.why;
    var text = why && (why.text || why.changes && why.changes[0].what);
    if (!text || text === "not in this page") return;
    if (!by[text]) { by[text] = []; order.push(text); }
    by[text].push(i);
    told++;
  });
  if (!order.length) return;
  var s = section(run.kind === "plan" ? "Why steps would run" : "Why steps ran", panel);
  rows(order, s, function (text, li) {
    put("div", text, li);
    if (by[text].length <= 3) by[text].forEach(function (i) { link(i, li); });
    else button(plural(by[text].length, "step"), li, function () { showList(by[text], text); }, "more");
  }, 6);
  var others = ran.length - told;
  if (others) put("p", "Why " + plural(others, "other step") + " ran is not in this page", s, "aside");
}

function showRun() {
  panel.textContent = "";
  panel.scrollTop = 0;
  put("h2", run.title, panel);
  var all = steps(), p = put("p", null, panel);
  if (run.kind === "run") badgeOf(run.status, run.word + (run.took ? " in " + run.took : ""), p);
  else put("span", run.line, p, "aside");
  showFailures(all);
  showCounts(all);
  showOutputs();
  showMetrics(all);
  pairs("Parameters", run.parameters, panel);
  showReasons(all);
  showSlowest(all);
  pairs("About", run.about, panel);
  if (run.name) commands(["rille show " + word(run.name), "rille log " + word(run.name)]);
  showKeys();
}

function showKeys() {
  pairs("Keys", [["Tab, arrows", "go to the graph, along its edges"], ["Enter", "open a step, unfold a group"],
    ["Esc", "back"], ["/", "find"], ["+ − 0", "zoom, fit"], ["f", "fold or unfold what is alike"]], panel);
}

function showList(list, title) {
  panel.textContent = "";
  panel.scrollTop = 0;
  returnButton(put("div", null, panel, "top"));
  put("h2", title, panel);
  memberList(list, panel);
  lightList(list);
}

function lightList(list) {
  var lit = { nodes: {}, pairs: {} };
  list.forEach(function (i) { lit.nodes[i] = true; });
  lightUp(lit);
}

function memberList(list, to) {
  rows(list, to, function (i, li) { link(i, li, nameOf(i), nodes[i].note); }, 50);
}

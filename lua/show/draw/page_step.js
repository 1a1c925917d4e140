// page_step: what the panel says of a step, an artifact, a group.

function showWhy(why, to) {
  if (!why) return;
  var s = section("Why", to);
  if (why.text) put("p", why.text, s);
  (why.changes || []).forEach(function (change) {
    put("p", change.what, s, "change");
    if (change.lines) diff(change.lines, s);
  });
  pairs(null, why.more, s);
  if (!why.previous) return;
  put("p", "compared with " + why.previous, s, "aside");
  pairs(null, why.results, s);
}

function diff(lines, to) {
  var pre = put("pre", null, to, "diff");
  lines.forEach(function (line) {
    put("span", line[0] + " " + line[1] + "\n", pre, line[0] === "-" ? "gone" : line[0] === "+" ? "new" : null);
  });
}

// The inputs of a step, or its outputs, and what it comes after.
function showWires(i, side, title, to) {
  var values = side[i].filter(function (n) { return wires[n[1]][3] !== 2; });
  var given = side === ups && nodes[i].given || [];
  if (!values.length && !given.length) return;
  var s = section(title, to);
  rows(values, s, function (n, li) {
    var j = n[0], node = nodes[j], port = wires[n[1]][2], from = side === ups && ups[j][0];
    link(j, li, port || node.label, node.note + (from ? ", from " + nodes[from[0]].label : ""));
    if (node.preview) put("div", node.preview.split("\n")[0], li, "preview");
  });
  pairs(null, given, s);
}

function showOrder(i, side, title, to) {
  var list = side[i].filter(function (n) { return wires[n[1]][3] === 2; });
  if (!list.length) return;
  rows(list, section(title, to), function (n, li) {
    var word = wires[n[1]][2];
    link(n[0], li, null, word === "after" ? "" : word);
  });
}

function showLog(facts, open, to) {
  if (!facts.log) return;
  var d = foldable("Log", open, to), log = facts.log;
  var pre = put("pre", data.texts[log.head], d, "log");
  if (log.left_out) {
    put("span", "… " + count(log.left_out) + " bytes left out; rille log has them\n", pre, "aside");
    put("span", data.texts[log.tail], pre);
  }
}

// The lines of a file that an error names.
function linesOf(error, file) {
  var lines = {}, parts = (error || "").split(file + ":");
  parts.slice(1).forEach(function (part) { var n = parseInt(part, 10); if (n) lines[n] = true; });
  return lines;
}

function showSource(facts, to) {
  (facts.source || []).forEach(function (one, k) {
    var lit = linesOf(facts.error, one.place.replace(/:\d+$/, ""));
    var last = one.line + data.texts[one.text].split("\n").length;
    var isNamed = Object.keys(lit).some(function (n) { return n >= one.line && n < last; });
    var d = foldable(k === 0 ? "Source" : "Source of " + one.name, isNamed, to);
    put("p", one.place, d, "aside");
    var pre = put("pre", null, d, "source");
    pre = put("div", null, pre);
    data.texts[one.text].replace(/\n$/, "").split("\n").forEach(function (line, n) {
      var row = put("span", null, pre, lit[one.line + n] ? "line named" : "line");
      put("span", one.line + n, row, "number");
      put("span", line + "\n", row);
    });
  });
}

// A word for a shell.
function word(text) { return /^[\w@%+=:,.\/-]+$/.test(text) ? text : "'" + text.replace(/'/g, "'\\''") + "'"; }

function commands(list) {
  var pre = put("pre", list.join("\n"), section("In a terminal", panel), "commands");
  pre.tabIndex = 0;
}

function showStep(i) {
  var node = head(i, "step"), facts = node.facts || {}, p = put("p", null, panel);
  badgeOf(node.status, node.word + (node.took ? (node.status === "failed" ? " after " : " in ") + node.took : ""), p);
  if (node.slow || /longest/.test(node.note)) put("span", " " + node.note.replace(/^[^,]*, /, ""), p, "aside");
  if (node.status === "skipped") showCause(i, p);
  if (node.status === "failed") showNextFailure(i, p);
  errorText(node, panel);
  pairs(null, facts.tried, panel);
  showWhy(facts.why, panel);
  showWires(i, ups, "Inputs", panel);
  pairs("Parameters", facts.parameters, panel);
  showWires(i, downs, "Outputs", panel);
  pairs("Metrics", facts.metrics, panel);
  pairs("Logged", facts.logged, panel);
  pairs("Metadata", facts.metadata, panel);
  showOrder(i, ups, "Runs after", panel);
  showOrder(i, downs, "Runs before", panel);
  if (node.status === "failed") showSource(facts, panel);
  showLog(facts, node.status === "failed" || node.status === "running", panel);
  if (node.status !== "failed") showSource(facts, panel);
  if (facts.left_out) put("p", facts.left_out, panel, "aside");
  var cache = (node.details || []).filter(function (d) { return /^(step|from|took there|key)$/.test(d[0]); });
  pairs("Cache", cache, panel);
  if (!run.name) return;
  var name = word(run.name + "/" + node.id);
  commands(["rille show " + name, "rille log " + name, "rille why " + word(node.id) + " --run " + word(run.name)]);
}

// The way to the other steps that failed.
function showNextFailure(i, to) {
  var failed = problems(steps()), k = failed.indexOf(i);
  if (failed.length < 2) return;
  put("span", " " + count(k + 1) + " of " + count(failed.length) + " ", to, "aside");
  button("Next", to, function () { select(failed[(k + 1) % failed.length], true); }, "more").title = "Next failed step";
}

// The failed step above a step that was skipped.
function showCause(i, to) {
  var lit = { nodes: {}, pairs: {} };
  reach([i], ups, lit);
  var failed = problems(Object.keys(lit.nodes).map(Number));
  if (failed.length) link(failed[0], to, nodes[failed[0]].label, "failed");
}

// An artifact or a value, a group

function showArtifact(i) {
  var node = head(i, nodes[i].kind);
  put("p", node.note, panel);
  if (node.preview) put("pre", node.preview, section("Preview", panel), "preview");
  showEnds(i, ups, "Produced by");
  showEnds(i, downs, "Taken by");
  pairs("About", (node.details || []).filter(function (d) { return d[0] !== "preview"; }), panel);
  var digest = valueOf(node.details, "digest");
  if (digest) commands(["rille show " + digest.slice(0, 12), "rille lineage " + digest.slice(0, 12)]);
}

function showEnds(i, side, title) {
  if (!side[i].length) return;
  rows(side[i], section(title, panel), function (n, li) { link(n[0], li, null, nodes[n[0]].note); });
}

function showGroup(g) {
  var node = head(g, plural(nodes[g].members.length, nodes[g].kind) + " that are alike");
  var members = node.members, bad = members.filter(isBad);
  put("p", node.note, panel);
  var p = put("p", null, panel, "counts");
  if (shown.boxes[g]) {
    if (shown.open[g]) button("Fold", p, function () { setOpen(g, null); });
    if (shown.open[g] !== "all") button("Unfold all " + count(members.length), p, function () { setOpen(g, "all"); });
    if (bad.length && bad.length < members.length && shown.open[g] !== "failed") {
      var what = count(bad.length) + " " + nodes[bad[0]].word;
      button("Unfold only the " + what, p, function () { setOpen(g, "failed"); });
    }
  }
  pairs(null, (node.details || []).filter(function (d) { return d[0] !== "these"; }), panel);
  if (bad.length && bad.length < members.length) {
    memberList(bad, section(capital(nodes[bad[0]].word), panel));
    memberList(members.filter(function (i) { return !isBad(i); }), section("Others", panel));
  } else memberList(members, section("All", panel));
}

function capital(text) { return text.charAt(0).toUpperCase() + text.slice(1); }

function showNode(i) {
  if (i < 0) showRun();
  else if (nodes[i].members) showGroup(i);
  else if (nodes[i].kind === "step") showStep(i);
  else showArtifact(i);
}

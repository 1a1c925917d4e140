-- What stands for secrets, and what is masked.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local project = require "rille.project"
local secrets = require "rille.project.secrets"
local sys = require "rille.host.sys"

local dir = assert(sys.make_folder "/tmp/rille-secrets-")
project.set_folder(dir)

check.test("a mark is of one secret, and known to the process that was given it", function()
  local mark = secrets.mark "one-secret"
  check.ok(secrets.is_mark(mark), mark)
  check.eq(secrets.mark "one-secret", mark)
  check.ok(secrets.mark "another-one" ~= mark)
  check.eq(secrets.text(mark), "one-secret")
  check.eq(secrets.text("*** " .. ("0"):rep(32)), nil)
  check.eq(secrets.is_mark "*** 12", false)
  check.eq(secrets.is_mark(12), false)
  check.eq(sys.stat(dir .. "/.rille"), nil)
end)

check.test("with the file of its key a project has the same marks, another project has others", function()
  local mark = secrets.mark "one-secret"
  project.need "write"
  secrets.prepare()
  check.eq(secrets.mark "one-secret", mark)
  project.close()
  project.set_folder(dir .. "/other")
  assert(sys.mkdirs(dir .. "/other/.rille"))
  check.ok(secrets.mark "one-secret" ~= mark)
  check.eq(secrets.text(secrets.renewed(mark)), "one-secret")
  check.ok(secrets.renewed(mark) ~= mark)
  project.set_folder(dir)
end)

check.test("texts are masked, the longest first, also as messages quote them; short ones are not", function()
  secrets.mark "long-secret"
  secrets.mark "long-secret-and-more"
  secrets.mark 'a "quoted"\\one'
  secrets.mark "%d+.*"
  secrets.mark "abc"
  check.eq(secrets.mask "x long-secret-and-more y long-secret z", "x *** y *** z")
  check.eq(secrets.mask 'a "quoted"\\one', "***")
  check.eq(secrets.mask(string.format("found %q", 'a "quoted"\\one')), 'found "***"')
  check.eq(secrets.mask "12 %d+.* abc", "12 *** abc")
  check.eq(secrets.shows "12 abc", false)
  check.eq(secrets.shows "-long-secret-", true)
end)

check.test("data are copied where a text in them is masked", function()
  secrets.mark "long-secret"
  local data = { 1, { k = "v" }, true }
  check.ok(secrets.masked(data) == data)
  local masked = secrets.masked { ["long-secret"] = { "is long-secret", 2 }, n = 1.5 }
  check.eq(masked["***"][1] .. masked["***"][2] .. masked.n, "is ***21.5")
  local cycle = { text = "long-secret" }
  cycle.a, cycle.b = cycle, cycle
  masked = secrets.masked(cycle)
  check.eq(masked.a.b.text, "***")
end)

check.test("at a gap in a log lines that are not whole are blotted out", function()
  secrets.mark "long-secret"
  check.eq(secrets.blotted("one\nlong-secr[gap]secret\ntwo", 13, 18), "one\n*********[gap]******\ntwo")
  check.eq(secrets.mask_log "long-secret\nlong-secr\n[1,234 bytes of this log omitted; rest]\net\nlong-secret",
    "***\n*********\n[1,234 bytes of this log omitted; rest]\n**\n***")
  check.eq(secrets.blotted("one\n[gap]\ntwo", 4, 9), "one\n[gap]\ntwo")
end)

check.test("what is printed in this process is shown at the end where there are secrets", function()
  local echo = secrets.echo(false)
  check.eq(echo, false)
  secrets.mark "long-secret"
  check.eq((secrets.echo(true)), false)
end)

sys.remove(dir)
check.done()

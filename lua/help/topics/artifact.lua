-- rille help artifact
return [[
rille artifact list [PREFIX] [--name TEXT] [--search TEXT] [--type T] [--tag T]
                    [--pipeline P] [--since TIME] [--limit N] [--json]
rille artifact show NAME [--json]
rille artifact get NAME [-o PATH]
rille artifact verify [NAME] [--json]
rille artifact tag NAME TAG...
rille artifact untag NAME TAG...

What steps made.  NAME is PIPELINE::STEP::OUTPUT (its newest version), the name
that the port gives, either with @3 (version 3), @-2 (the last but one) or @TAG,
or the beginning of a digest.  The newest version is what the newest run had,
computed or from the cache (rille help history).

  list     the names that begin with PREFIX, with the newest version (200)
  show     as rille show
  get      one member: to standard output, or to the file PATH.  Several, and a
           t.dir: into the folder PATH, with a SHA256SUMS for sha256sum -c.
           A terminal is shown text alone, control characters as \x1b
  verify   reads every byte of NAME, or of everything, against its digest
  tag      puts tags on the version; untag takes them off.  Both are kept: when
           which tag was put on and taken off

  --name TEXT      of list: only names with this text in them
  --search TEXT    with it in the name, type, preview, metadata or a tag
  --type T         of this type (rille types)
  --tag T          the versions, not only the newest, that have the tag
  --pipeline P     named P::..., or by a port of P: the newest that P had
  --since TIME     made since 2026-11-01, or in the last 90m, 12h, 2d, 3w
  --limit N        at most N; --cursor C: those after the page that gave C
  --json           list: {"items":[{"id","name","version","type","size",
                   "digest","tags","created"}],"next":CURSOR};
                   verify: {"members":N,"bad":[TEXT...]};
                   tag: {"name","version","changed","tags"}

Exit codes: 0 fine; 2 usage; 3 there is no such artifact; 4 no store; 5 verify
or get found damage, which the step mends when it runs again.

  rille artifact tag digits::svc_trainer::model@3 best
  rille artifact get digits::svc_trainer::model@best -o model.svm
]]

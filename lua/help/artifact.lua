-- rille help artifact
return [[
rille artifact list [PREFIX] [--limit N] [--json]
rille artifact show NAME [--json]
rille artifact get NAME [-o PATH]
rille artifact verify [NAME] [--json]

What steps made.  NAME is PIPELINE::STEP::OUTPUT (its newest version), the name
that the port gives, or the beginning of a digest.

  list     the names that begin with PREFIX, with the newest version (200)
  show     as rille show
  get      one member: to standard output, or to the file PATH.  Several: into
           the folder PATH, with a SHA256SUMS that sha256sum -c accepts
  verify   reads every byte of NAME, or of everything, against its digest
  --json   list: {"items":[{"id","name","version","type","size","digest"}],
           "next":null}; verify: {"members":N,"bad":[TEXT...]}

Exit codes: 0 fine; 2 usage; 3 there is no such artifact; 4 no store; 5 verify
found damage.

  rille artifact list digits::
  rille artifact get digits::load_digits::X_train -o X.npy
]]

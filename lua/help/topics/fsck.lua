-- rille help fsck
return [[
rille fsck [--json]

Checks the metadata, and that every object it names is there and has the bytes
that its name says.  Objects that nothing names and temporary files are counted;
they are no problem.  A damaged object is never used: when a step needs it, the
step that made it runs again and puts it right.  One that no step needs is still
a hit of its own step: rille run FILE --no-cache makes it anew.

  --json   {"problems":[TEXT...],"objects":N,"unreferenced":N,"temporary":N}

Exit codes: 0 fine; 4 no store; 5 something is missing or damaged.

  rille fsck
  rille fsck --store /data/.rille --json
]]

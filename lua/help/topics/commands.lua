-- rille help commands
return { order = 180, text = [[
Commands: what they have in common

--store DIR      the store (rille help store)
-q               nothing but failures and results
--json           for programs; one object, or for a run an event a line
--color WHEN     always, never, or auto: on a terminal, where NO_COLOR is not
                 set and TERM is not dumb; CLICOLOR_FORCE=1 is always

Results go to standard output, everything else to standard error.

Exit codes
  0  success                      4  the store, its database or a lock, or
  1  a run failed                    standard output cannot be written; or the
  2  usage                           system has no more open files, processes or
  3  a script or a name is           room for the words of a command
     wrong                        5  fsck, verify or lint found what is wrong
                                 70  an error in rille itself: please report it
                                130  stopped by SIGINT; 143 by SIGTERM,
                                129 by SIGHUP, 131 by SIGQUIT

Names: a run by its name, its id, the beginning of its id, or PIPELINE@-1 (the
newest), PIPELINE@1 (the oldest); a step as RUN/STEP; an artifact as
PIPELINE::STEP::OUTPUT, with @3 or @TAG for a version, or the beginning of its
digest.

--json
  A listing is {"items":[...],"next":CURSOR or null}.
  RUN       {"id","name","pipeline","number","status","reason","started",
            "seconds","parameters","stack","tags","script","git","counts",
            "extra","steps"}; git is null in this version
  STEP      {"id","step","status","reason","key","seconds","cached_from",
            "parameters","inputs","metrics","metadata","outputs","error"}; an
            input is a digest, or a list of them; RUN/STEP has "attempts", too:
            [{"attempt","status","started","seconds","error","log"}], and of
            metrics logged more than once "series":{NAME:{"steps","values"}}
  output    {"id","digest","type","version","size","uri"}
  ARTIFACT  the same with "name","tags","preview","materializer",
            "metadata","members":[{"name","size","digest"}]
  events    of a run, one a line: rille help run
  What is not there is null, or left out.  uri is file://... for an artifact
  that is one object, else rille:DIGEST.
]] }

-- rille help commands
return { order = 180, text = [[
Commands: common options, exit codes, names and JSON

--store DIR      the store (rille help store)
-q               show only failures and results
--json output for programs: one object, or for a run one event per line
--color WHEN     always, never, or auto: on a terminal, unless NO_COLOR is set
                 or TERM is dumb; CLICOLOR_FORCE=1 means always

Results go to standard output, everything else to standard error.

Exit codes
    0  success
    1  a run failed
    2  usage error
    3  error in a script, or unknown name
    4  error of the store, its database or a lock; standard output cannot be
       written; or the system is out of open files, processes or room for the
       words of a command
    5  fsck, verify, lint or run --audit found problems
   70  internal error in rille: please report it
  130  stopped by SIGINT; 143 by SIGTERM, 129 by SIGHUP, 131 by SIGQUIT

Names: a run is its name, its id, the beginning of its id, PIPELINE@-1 (the
newest) or PIPELINE@1 (the oldest); a step is RUN/STEP; an artifact is
PIPELINE::STEP::OUTPUT, optionally with @3 or @TAG for a version, or the
beginning of its digest; a version of a model is MODEL@3, @v3, @STAGE, @NAME,
@TAG or @latest.

--json
  A listing is {"items":[...],"next":CURSOR or null}.
  RUN       {"id","name","pipeline","number","status","reason","started",
            "seconds","parameters","stack","tags","script","git","counts",
            "extra","steps","notes"}; git {"sha","dirty","remote"} or null;
            notes: what went wrong beside the steps, as an alert that was
            not delivered; "models":[{"model","version","name","stage",
            "role" (made shared used read),"asked","deleted"}] if it had to
            do with any
  STEP      {"id","step","status","reason","key","seconds","cached_from",
            "parameters","inputs","metrics","metadata","outputs","error"}; an
            input is a digest, or a list of them; RUN/STEP has "attempts", too:
            [{"attempt","status","started","seconds","error","log"}], and of
            metrics logged more than once
            "series":{NAME:{"steps","values","times"}}
  output    {"id","digest","type","version","size","uri"}
  ARTIFACT  the same, plus "name","tags","preview","materializer",
            "metadata","members":[{"name","size","digest"}]
  MODEL     {"name","versions","latest","created","description","license",
            "audience","use_cases","ethics","stages":{STAGE:VERSION}}
  version   {"model","number","name","stage","created","run","tags","links",
            "metadata","metrics":{STEP.NAME:N},"artifacts":[{"name","number",
            "kind","digest","type","size","version","run"}],"runs":[{"name",
            "pipeline","role","asked"}]}
  events    of a run, one per line: rille help run
  Absent values are null or left out.  uri is file://... for an artifact
  that is one object, else rille:DIGEST.
]] }

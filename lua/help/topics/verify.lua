-- rille help verify
return [[
rille verify RUN [STEP...] [--rerun P%] [OPTIONS]

Reads again every row and every object that the run reaches, inputs included,
and compares the bytes with their digests.

With --rerun a share of its steps runs once more, each in a process of its own:
the script as it is today, inputs from the store, the seed from the recorded
key.  What a step makes is compared byte by byte with what it made then; a
difference is told with the step, the output, where it begins and the likely
cause.  The store of the run is only read.

  --rerun P%       how many of the steps that can run again do
  STEP             these steps alone, whether their results are kept or not
  --seed N         chooses the same steps as before; it is printed
  --script FILE    the script, when it is not where it was
  --json           {"run":N,"members":N,"bytes":N,"problems":[TEXT...],
                   "seed":N,"steps":[{"step","state","kept","why","error",
                   "outputs","causes"}...]}; a state is same, differs, failed
                   or skipped

A step is skipped, with why, when its code changed since, when its result is not
kept for reuse (cache = false, or impure), or when it writes files outside,
which stay as they are.  A step that is named runs in any case, but a difference
counts only for one whose result is kept for reuse, cache = "always" included.

Exit codes: 0 fine; 2 usage; 3 there is no such run or step; 4 no store;
5 something is damaged, missing or came out otherwise, or nothing was checked:
the run has no results, or none of the steps that were to run again could.

  rille verify digits@-1 --rerun 20%
  rille verify nightly-7 fit
]]

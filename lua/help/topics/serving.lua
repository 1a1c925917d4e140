-- rille help serving
return { order = 88, text = [[
Serving: predictions of a model over HTTP

  rille serve digits                    the version in production
  rille serve digits@3                  a version by its number, a stage or its
                                        own name (digits@staging)
  curl http://127.0.0.1:8080/predict -H 'Content-Type: application/json' \
    -d '{"age": 61, "city": "Bern"}'
  {"predictions":[1],"model":{"name":"digits","version":3,"stage":"production"}}

rille serve listens on 127.0.0.1:8080 (--port, 0: a free one; another --host
only with --token-env NAME).  It follows the stage: a promotion is served within
a second, and no request is lost.  A version that cannot be served leaves the
old one in place.  GET /ping /health /ready /version /model /metrics.  See
rille help serve.

What is served: the version's artifact of kind "model" (if there are several,
--artifact NAME).  A chain that ends in a model (rille help preprocess) is given
the rows as they come.  A model that takes a matrix is given what the version's
t.transformer makes of them; of several, the output preprocess_pipeline.

The signature says what requests have: columns with name, type, whether a value
may be missing, and the categories or the range that were seen.  Without one a
model is not served.
  fitted.signature              of a transformer or chain: of the raw data that
                                it was fitted on, without the target.  A value
                                may be missing where the chain fills it
  a model fitted on a matrix    has its width
  your own class of models:     ctx.model:log_signature(X) in the step, with the
                                frame or matrix that it is trained on, or
                                signature = function(m) return X end in its
                                rille.materializer
  a version that has none:      rille.models.NAME.versions[3]:log_signature(X)
Such a model has m:predict(X), and for probabilities m:predict_proba(X) and
m.classes; X is a frame or a matrix, as its signature is.  Its materializer is
in a script: rille serve NAME --script FILE.

X may also be a signature: { input = "array", width = 3 }, or { input = "frame",
columns = { { name = "age", dtype = "f64", missing = false }, ... } } with the
dtypes f64 f32 i64 i32 u8 bool string date.  version.signature and
rille model version show NAME@VERSION show it.

POST /predict, or /invocations as MLflow names it, with application/json:
  {"dataframe_split": {"columns": [...], "data": [[...], ...]}}
  {"dataframe_records": [{"age": 61, ...}, ...]}
  {"instances": [{...}, ...]} or [[...], ...]
  {"inputs": {"age": [61, ...], ...}} or [[...], ...]
  and beside it "params": {"proba": true} for probabilities and classes
/predict also takes a row object, or a list of rows, by itself.  Rows without
names have the columns of the signature, in its order.  Other types: text/csv
with a line of names, application/x-npy (numbers; a vector is one row); there
/predict?proba=true gives probabilities.

Columns come in any order.  A missing one is an error; others are ignored and
named in the header X-Rille-Ignored (with --strict: an error).  Types are
strict: 2 is a number and 2.0 an integer, but "2" and true are neither; an
integer beyond 2^53 does not fit a float column.  null, NaN and an empty field
are missing values.  Dates are strings, 2026-11-22.  Nesting is limited to 8
levels; a key that is written twice is an error.  No rows give no predictions.

An error is 4xx with its reason; column and row, from 1, where it is a cell:
  {"error": "column age, row 3: expected a number, got \"x\"", "error_code":
   "BAD_REQUEST", "message": (the same), "column": "age", "row": 3}
400 the request, 401 token, 404 path, 405 method, 413 too large, 415 type of the
body, 429 and 503 try later (Retry-After), 504 time; 500 is a failure of the
model itself.

The Open Inference Protocol, for KServe's and Triton's clients:
  GET  /v2  /v2/health/live  /v2/health/ready  /v2/models/NAME[/versions/3]
  POST /v2/models/NAME/infer    {"inputs": [{"name": "age", "shape": [1],
       "datatype": "FP64", "data": [61]}, ...], "outputs": [{"name":
       "predict_proba"}]}
A tensor for each column, [n] or [n, 1], or one [n, k] of all; outputs predict
(the default) and predict_proba; tensors may be bytes after the JSON (the binary
extension).
]] }

-- method_synonyms: what to write for methods and functions that other tools have, or that
-- people try first.
--
-- A text for each class of values (by its __name) and each module (by its name after
-- "rille."), of lines: names, two blanks or more, what to write.

local origin = require "rille.host.origin"

local method_synonyms = {}

local MODEL <const> = [[
  fit train                         %s.fit(X, y)
  save to_string                    m:dump()
  classify                          m:predict(X)
  accuracy evaluate                 m:score(X, y)
  classes_                          m.classes
  predict_probability               m:predict_proba(X)
]]

-- the same of a model that predicts numbers
local NUMBERS <const> = [[
  fit train                         %s.fit(X, y)
  save to_string                    m:dump()
  r2 evaluate                       m:score(X, y)
]]

method_synonyms.classes = {
  array = [[
    len length                      #a
    size                            #a, or the product of a.shape
    T                               a:transpose()
    tolist to_list                  a:totable()
    item                            a:get(i)
    flatten ravel                   a:reshape(-1)
    append                          array.concat { a, b }
    save                            array.save(a, path)
    load                            array.load(path)
    matmul                          a:dot(b)
    apply                           a:map(f)
    dropna                          a:present()
    percentile                      a:quantile(q)
    cast                            a:astype(dtype)
    type                            a.dtype
    rows                            a:slice(first, last)
    print show                      print(a)
  ]],
  ["rille.array.builder"] = [[
    add push                        b:append(a)
    close build                     b:finish()
  ]],
  frame = [[
    shape size                      f.n_rows and #f.columns
    len nrow rows_count             f.n_rows
    ncol n_cols n_columns           #f.columns
    loc                             f:rows(first, last), f:take(list) or f:filter(mask)
    iloc                            f:rows(first, last) or f:take(list)
    at                              f:column "x"[i]
    row                             f:rows(i, i)
    tail                            f:rows(f.n_rows - n + 1, f.n_rows)
    get col                         f:column "x"
    to_csv to_json save             f:write(path)
    values to_numpy to_array        f:to_matrix()
    dropna                          f:drop_missing()
    fillna                          f:fill_missing(value)
    isna isnull                     f:is_missing "x"
    groupby                         f:group_by(keys, { column = aggregate })
    merge                           f:join(g, on)
    sort_values order_by            f:sort(by)
    where query                     f:filter { x = value }, f:filter(mask)
    iterrows itertuples ipairs      for row in f:each() do ... end
    to_dict to_records to_list      f:records()
    factorize encode                f:codes "x"
    dtypes types schema             f:describe()
    count size_of                   f:group_by(keys, { n = "count" })
    assign set                      f:with_column(name, values)
    info summary                    f:describe()
    show print display              print(f)
    concat                          frame.concat { f, g }
    mean                            f:column "x":mean(), or f:describe()
    sum                             f:column "x":sum()
  ]],
  dates = [[
    tolist format                   d:totable()
    sub diff                        d:days_since(v)
  ]],
  artifact = [[
    value data get read content     artifact:load(), which gives the value
    open fetch result               artifact:load(), which gives the value
    path                            artifact.uri
    hash                            artifact.digest
    meta                            artifact.metadata
    step                            artifact.producer
    run                             artifact.producer.run
    show                            rille.show(artifact)
    print                           print(artifact:load())
  ]],
  run = [[
    params                          run.parameters
    outputs artifacts               run.steps.STEP.outputs
    output                          run.steps.STEP.output
    result load                     run.steps.STEP.output:load()
    step                            run.steps.STEP
    metrics                         run.steps.STEP.metrics
    metadata                        run.steps.STEP.metadata
    log                             run.steps.STEP.log
    error                           run.steps.STEP.error
    duration time                   run.seconds
    state                           run.status
    show                            rille.show(run)
    plot draw                       run:graph()
  ]],
  ["step run"] = [[
    params                          step.parameters
    load value result               step.output:load()
    artifact                        step.output
    artifacts                       step.outputs
    duration time                   step.seconds
    logs                            step.log
    state                           step.status
  ]],
  ["pipeline history"] = [[
    run                             pipeline:run {} of the pipeline itself; its past runs are rille.pipelines.NAME.runs
    last                            rille.pipelines.NAME:latest()
    newest                          rille.pipelines.NAME.runs[-1]
    first                           rille.pipelines.NAME.runs[1]
    steps                           rille.pipelines.NAME.runs[-1].steps
    list                            rille.pipelines.NAME:each()
  ]],
  ["model version"] = [[
    promote transition move         version:set_stage("production")
    archive                         version:set_stage("archived")
    load                            version.artifacts.NAME:load()
    artifact model                  version.artifacts.NAME
    status state                    version.stage
    version                         version.number
    log                             version:log_metadata { note = "..." }
    license description             rille.models.NAME.license
  ]],
  ["model history"] = [[
    latest newest last              rille.models.NAME.versions[-1]
    production                      rille.models.NAME.versions.production
    staging                         rille.models.NAME.versions.staging
    runs                            rille.models.NAME.versions
    history                         rille.models.NAME.moves
  ]],
  context = [[
    print info warn                 ctx:log("...")
    metric log_metrics              ctx:log_metric { name = number }
    log_param                       ctx:log_params { name = value }
    tmp workdir                     ctx.tmpdir
    alert notify send_alert         ctx.alerter:alert "text"
    experiment_tracker              ctx.tracker
  ]],
  ["alerter of a context"] = [[
    post send notify ask message    ctx.alerter:alert "text"
    name flavor                     ctx.stack.alerter.name
  ]],
  ["tracker of a context"] = [[
    metric log_metrics log_scalar   ctx.tracker:log_metric { name = number }
    log_param                       ctx.tracker:log_params { name = value }
    log_artifact                    an output of the step
    name flavor                     ctx.stack.experiment_tracker.name
  ]],
  graph = [[
    write png                       graph:save "x.svg"
    show                            graph:print()
    render                          graph:svg()
    tostring                        tostring(graph)
  ]],
  ["svm.SVC"] = MODEL:format "svm.SVC",
  ["linear.Regression"] = NUMBERS:format "linear.Regression" .. "coef coef_  m.coefficients\n",
  ["linear.Logistic"] = MODEL:format "linear.Logistic" .. "coef coef_  m.coefficients\n",
  ["tree.Tree"] = MODEL:format "tree" .. "feature_importances_  m:importances()\n",
  ["neighbors.Neighbors"] = MODEL:format "neighbors",
  ["bayes.Bayes"] = MODEL:format "bayes",
  ["kmeans.KMeans"] = [[
    cluster_centers_ centers        m.centres
    inertia_                        m.inertia
    fit train                       kmeans.fit(X, { k = 3 })
    save                            m:dump()
  ]],
  ["forest.Forest"] = MODEL:format "forest" .. "feature_importances_  m:importances()\n",
  ["pca.PCA"] = [[
    components_                     m.components
    explained_variance_             m.variance
    explained_variance_ratio_       m.ratio
    mean_                           m.mean
    inverse_transform               m:inverse(Z)
    predict                         m:transform(X)
    fit fit_transform               pca.fit(X)
    save                            m:dump()
  ]],
  ["xgboost.Classifier"] = MODEL:format "xgboost.Classifier" .. "feature_importances_  m:importances()\n",
  ["xgboost.Regressor"] = NUMBERS:format "xgboost.Regressor" .. "feature_importances_  m:importances()\n",
  ["preprocess.Transformer"] = [[
    fit_predict predict score       preprocess.chain { p, MODEL }, which has them
    inverse_transform               p:inverse(X)
    apply                           p:transform(X)
    save to_string                  p:dump()
    get_feature_names_out names     p.columns_out
  ]],
  ["preprocess.Chain"] = [[
    predict score                   preprocess.chain { c, MODEL }, which has them
    inverse_transform               c:inverse(X)
    apply                           c:transform(X)
    save to_string                  c:dump()
    get_feature_names_out names     c.columns_out
    named_steps                     c.steps
  ]],
  ["preprocess.ModelChain"] = [[
    train                           c:fit(X, y)
    save to_string                  c:dump()
    classify                        c:predict(X)
    accuracy evaluate               c:score(X, y)
    predict_probability             c:predict_proba(X)
    classes_                        c.classes
    get_feature_names_out names     c.columns_out
    set_params                      c:with { OPTION = value }
    named_steps                     c.steps
  ]],
  step = [[
    output result value artifact    run.steps.ID.output of a run, or NODE where it is wired
    load                            run.steps.ID.output:load() of a run
    metrics metadata log status     run.steps.ID of a run
    call execute start              STEP { INPUT = value }, which runs it
  ]],
  pipeline = [[
    runs history                    rille.pipelines.NAME.runs
    latest last                     rille.pipelines.NAME:latest()
    each                            rille.pipelines.NAME:each()
    steps                           run.steps of a run; the wiring is pipeline:spec().nodes
    start execute call              pipeline:run {}
    draw show plot                  pipeline:graph()
  ]],
  ["metrics.report"] = [[
    f1                              r.macro.f1
    precision                       r.macro.precision
    recall                          r.macro.recall
  ]],
  file = [[
    open                            io.open(file:absolute())
    lines                           io.lines(file:absolute())
    content                         file:read()
  ]],
  dir = [[
    list ls read                    dir:files()
  ]],
  ["artifact being saved or loaded"] = [[
    save                            art:write(name, bytes)
    load                            art:read(name)
  ]],
}

method_synonyms.modules = {
  array = [[
    array asarray new tensor        array.from(list)
    empty                           array.zeros(shape)
    rand                            array.random(shape, seed)
    randn                           array.normal(shape, seed)
    randint                         array.integers(low, high, shape, seed)
    range                           array.arange(first, last)
    stack                           array.concat(list, axis)
    read                            array.load(path)
    write                           array.save(a, path)
  ]],
  csv = [[
    load open read_csv              csv.read(path)
    parse                           csv.decode(text)
    save dump                       csv.write(frame, path)
    to_string                       csv.encode(frame)
  ]],
  jsonl = [[
    load open read_json             jsonl.read(path)
    parse loads                     jsonl.decode(text)
    save dump                       jsonl.write(frame or list, path)
    dumps to_string                 jsonl.encode(frame or list)
    each                            jsonl.lines(path)
  ]],
  sqlite = [[
    load open query select          sqlite.read(path, query)
    list names                      sqlite.tables(path)
    save dump                       sqlite.write(frame, path)
  ]],
  json = [[
    load open read_file             json.read(path)
    parse loads                     json.decode(text)
    save dump                       json.write(value, path)
    stringify dumps tostring        json.encode(value)
  ]],
  yaml = [[
    parse load safe_load            yaml.decode(text)
    dump                            yaml.encode(value)
  ]],
  frame = [[
    DataFrame from                  frame.new { { "name", values }, ... }
    read_csv read_json load         frame.read(path)
    records from_dict               frame.from_records(list)
    merge                           f:join(g, on)
  ]],
  svm = [[
    fit train                       svm.SVC.fit(X, y)
  ]],
  linear = [[
    fit                             linear.Regression.fit(X, y) or linear.Logistic.fit(X, y)
    LinearRegression                linear.Regression
    LogisticRegression              linear.Logistic
  ]],
  tree = [[
    train                           tree.fit(X, y)
    DecisionTree                    tree.fit(X, y)
  ]],
  neighbors = [[
    train KNeighborsClassifier knn  neighbors.fit(X, y)
  ]],
  http = [[
    serve server start bind         http.listen { port = 8080 }
  ]],
  kmeans = [[
    train KMeans cluster            kmeans.fit(X, { k = 3 })
  ]],
  bayes = [[
    train GaussianNB                bayes.fit(X, y)
  ]],
  forest = [[
    train                           forest.fit(X, y)
    RandomForest random_forest      forest.fit(X, y)
  ]],
  pca = [[
    train PCA                       pca.fit(X, { n_components = 2 })
  ]],
  xgboost = [[
    fit train                       xgboost.Classifier.fit(X, y) or xgboost.Regressor.fit(X, y)
    XGBClassifier GradientBoosting  xgboost.Classifier
    XGBRegressor                    xgboost.Regressor
  ]],
  preprocess = [[
    StandardScaler                  preprocess.scale {}
    MinMaxScaler                    preprocess.scale { method = "min_max" }
    RobustScaler                    preprocess.scale { method = "robust" }
    standardize normalize           preprocess.scale {}
    SimpleImputer fill_missing      preprocess.impute {}
    OneHotEncoder onehot dummies    preprocess.one_hot {}
    OrdinalEncoder LabelEncoder     preprocess.ordinal {}
    KBinsDiscretizer                preprocess.bins {}
    PCA components                  preprocess.pca { n_components = 2 }
    Pipeline pipeline make_pipeline preprocess.chain { TRANSFORMER, ..., MODEL }
    dropna drop_na                  preprocess.drop_missing(X, y)
  ]],
  ["drift.Report"] = [[
    save write to_html              report:html(), which a step returns as t.string or writes
    to_json as_dict dict            report:json()
    show                            report:print()
    findings passed check           drift.gate {}:check(report)
  ]],
  ["drift.Gate"] = [[
    validate run                    gate:check(report)
    assert raise                    gate:stop(report)
  ]],
  drift = [[
    report run profile              drift.compare(reference, current)
    check stop                      drift.gate {}:check(report)
    psi                             drift.compare(a, b).columns.NAME.psi
  ]],
  split = [[
    split train_test_split          split.train_test(X, y)
    kfold                           split.k_fold(n, k, seed)
    stratified_kfold                split.stratified_k_fold(y, k, seed)
  ]],
  search = [[
    grid_search GridSearchCV        search.grid(X, y, options)
    random_search randomized        search.random(X, y, options)
    cross_val_score cv evaluate     search.cross_validate(X, y, options)
    loguniform                      search.log_uniform(low, high)
    randint int                     search.integer(low, high)
    best                            search.select(trials, { X =, y =, model = })
  ]],
  metrics = [[
    accuracy_score                  metrics.accuracy(y, pred)
    confusion                       metrics.confusion_matrix(y, pred)
    classification_report           metrics.report(y, pred)
    auc roc_auc_score               metrics.roc_auc(y, pred)
    balanced_accuracy_score         metrics.balanced_accuracy(y, pred)
    average_precision_score         metrics.average_precision(y, pred)
    pr_curve                        metrics.precision_recall_curve(y, pred)
    matthews_corrcoef mcc           metrics.matthews(y, pred)
    brier_score_loss brier_score    metrics.brier(y, pred)
    logloss cross_entropy           metrics.log_loss(y, pred)
  ]],
  rille = [[
    run                             pipeline:run {}
    runs                            rille.pipelines.NAME.runs
    log                             ctx:log("...") in a step
    params                          ctx.params in a step
    ctx                             rille.context()
    artifacts get_artifact          rille.artifact "PIPELINE::STEP::OUTPUT"
    load                            rille.artifact "NAME":load()
    map                             step:map { ... }
    version                         rille._VERSION
    read_csv                        csv.read(path) of rille.csv
    type                            rille.types
  ]],
}

for _, name in ipairs(origin.batteries()) do
  method_synonyms.modules.rille = method_synonyms.modules.rille
    .. string.format("%s  require %q\n", name, "rille." .. name)
end

-- What to write, by name.
---@param text string?
---@return table<string, string>
function method_synonyms.of(text)
  local instead = {}
  for line in (text or ""):gmatch "[^\n]+" do
    local words, what = line:match "^%s*(%S.-)  +(%S.*)$"
    for word in (words or ""):gmatch "%S+" do instead[word] = what end
  end
  return instead
end

return method_synonyms

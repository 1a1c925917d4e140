-- rille help learning
return { order = 150, text = [[
Learning: models, splits and measures

X is a matrix (rows by features), y a vector: arrays, or nested lists.  NaN and
infinite numbers are refused (xgboost takes NaN as missing).  Labels are
integers, booleans or strings; of strings m:predict(X) is a list.

Classifiers: local svm, linear, tree = require "rille.svm", ...

  svm.SVC.fit(X, y, options)          by libsvm
      kernel = "rbf" ("linear", "poly", "sigmoid"), C = 1.0, degree = 3,
      gamma = 1 / (features * variance of X), coef0 = 0.0, tolerance = 1e-3,
      probability = false, class_weight = none, seed = 0
  linear.Logistic.fit(X, y, options)  logistic regression, by liblinear
      C = 1.0, tolerance = 1e-4, intercept = true, class_weight = none
      The intercept is under the penalty, as liblinear has it; intercept =
      "free" leaves it out, as scikit-learn does, and is exact to rounding
  tree.fit(X, y, options)             a decision tree (CART)
      criterion = "gini" ("entropy"), max_depth = none, min_samples_leaf = 1,
      min_samples_split = 2, class_weight = none, seed = 0
  forest.fit(X, y, options)           a random forest
      n_estimators = 100, max_features = "sqrt" ("log2", "all", or a number),
      bootstrap = true, and those of a tree
  neighbors.fit(X, y, options)        the nearest rows
      n_neighbors = 5, weights = "uniform" ("distance")
  bayes.fit(X, y, options)            Gaussian naive Bayes
      smoothing = 1e-9
  xgboost.Classifier.fit(X, y, options)   gradient boosting, by libxgboost
      n_estimators = 100, learning_rate = 0.3, max_depth = 6, subsample = 1,
      colsample = 1, min_child_weight = 1, gamma = 0, lambda = 1, alpha = 0,
      tree_method = "exact" ("hist", "approx"), max_bin = 256, seed = 0,
      base_score = 0.5, class_weight = none, nthread = 1
  class_weight = "balanced" gives every class the same weight in all, and
  { [LABEL] = 2 } counts each row of that class twice.

  m:predict(X)   m:score(X, y), the accuracy   m:predict_proba(X)   m.classes
  m.n_support (svm)   m.coefficients  m.intercepts (logistic)
  m.n_leaves  m.depth  m:show { names =, depth = } (tree, as text)
  m:importances() (tree, forest, xgboost): a share of each feature

Numbers: linear.Regression.fit(X, y, { ridge = 0.0, intercept = true })
  m:predict(X)   m:score(X, y), R^2   m.coefficients   m.intercept   m.rank

  xgboost.Regressor.fit(X, y, options), as the classifier; squared errors
  xgboost needs the package libxgboost0 to fit, and not to load or predict; the
  model is the same with any nthread.  A step that fits runs again when the
  library changes.

Groups: kmeans.fit(X, { k = 8, tries = 10, rounds = 300, seed = 0,
  centres = a matrix, the first ones })
  m:predict(X), the group of each row, from 1   m.centres   m.inertia   m.sizes

Components: pca.fit(X, { n_components = all, standardise = false }), by LAPACK;
  n_components is how many, or a share of the variance, as 0.95
  m:transform(X)   m:inverse(Z)   m.components   m.variance   m.ratio   m.mean
  In a chain: preprocess.pca { n_components = 2 } (rille help preprocess).

For every model, m:dump() returns its exact bytes, which svm.load, linear.load,
tree.load, ... read back.  The same data, options and seed give the same bytes.
The types of ports are t.svm, t.linear, t.tree, t.forest, t.neighbors, t.bayes,
t.kmeans, t.pca, t.xgboost; t.classifier accepts any value with predict and
score, so trainers are interchangeable.  A step that fits by a library (LAPACK,
liblinear, libsvm, libxgboost) runs again when that changes.

rille.preprocess makes columns ready for a model (rille help preprocess), and
rille.drift tells whether data have changed since (rille help drift).

rille.split    train_test(X, y, { test_size = 0.25, shuffle = true, seed = 0,
               stratify = false }) gives X_train, X_test, y_train, y_test
               k_fold(n, k, seed)   stratified_k_fold(y, k, seed)
rille.metrics, of (y, pred), more in rille help metrics:
  labels         accuracy  balanced_accuracy  precision  recall  f1  matthews
                 confusion_matrix  report
  probabilities  log_loss  brier  roc_auc  average_precision  roc_curve
                 precision_recall_curve; pred is the vector of the positive
                 class, or m:predict_proba(X) with { classes = m.classes }
  numbers        mse  rmse  mae  mape  r2

rille.search finds the parameters of a model: rille help search.

  local X_train, X_test, y_train, y_test =
      split.train_test(X, y, { test_size = 0.2, shuffle = false })
  local m = tree.fit(X_train, y_train, { max_depth = 8 })
  print(m:score(X_test, y_test), m.n_leaves, m:show { depth = 3 })
]] }

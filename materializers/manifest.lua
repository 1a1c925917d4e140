-- manifest: the built-in materializers, a file each, by type.  A new one is a file here
-- and its line.  A list has the classes of values that the battery of that name makes, or the
-- one that it names as `battery`.
-- classes: those found by trying a value against the type, in this order.

return {
  ["nil"] = true, null = true, boolean = true, integer = true, number = true, string = true, bytes = true, table = true,
  list = true, array = true, frame = true, file = true, dir = true,
  transformer = { "Transformer", "Chain", "ModelChain", battery = "preprocess" },
  drift_report = { "Report", battery = "drift" },
  svm = { "SVC" }, linear = { "Regression", "Logistic" }, tree = { "Tree" }, forest = { "Forest" },
  deployment = { "Deployment" },
  neighbors = { "Neighbors" }, bayes = { "Bayes" }, kmeans = { "KMeans" }, pca = { "PCA" },
  xgboost = { "Classifier", "Regressor" },
  classes = { "array", "frame", "file", "dir", "svm", "linear", "transformer", "forest", "neighbors",
    "bayes", "kmeans", "pca", "xgboost", "drift_report", "deployment", "tree" },
}

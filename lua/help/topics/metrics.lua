-- rille help metrics
return { order = 152, text = [[
Metrics: how good predictions are

rille.metrics has functions of (y, pred): what is true, and what was predicted,
as vectors or lists.

Labels (numbers, booleans or strings, of one kind on both sides):
  accuracy           the share that is right
  balanced_accuracy  the mean of the recalls of the classes
  precision  recall  f1     with { average = "macro" }: the mean over the
                     classes, the default for two classes, too; "weighted" by
                     how often each is in y; "micro", all counted together;
                     "binary", of the positive class alone, which
                     { positive = LABEL } names: else it is 1 or true, or the
                     greater label
  matthews           from -1 to 1; 0 is chance
  confusion_matrix   row i, column j: how many of labels[i] were predicted as
                     labels[j]; also returns the labels
  report             all of them by class; print(report) makes a table

Probabilities (pred is the vector of the positive class, or the matrix of
m:predict_proba(X) with { classes = m.classes }):
  log_loss  brier  roc_auc  average_precision
  roc_curve  precision_recall_curve
  More than two classes: log_loss of all; roc_auc and average_precision the
  mean of each class against the rest; the others take two.

Numbers: mse  rmse  mae  mape  r2
]] }

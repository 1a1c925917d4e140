# sklearn_train.py X.npy y.npy GAMMA MODEL: fits a classifier and saves it.
import pickle
import sys

import numpy
from sklearn.svm import SVC

X, y = numpy.load(sys.argv[1]), numpy.load(sys.argv[2])
model = SVC(gamma=float(sys.argv[3])).fit(X, y)
print(f"{len(model.support_)} support vectors")
with open(sys.argv[4], "wb") as f:
    pickle.dump(model, f)

# sklearn_predict.py MODEL X.npy Y.npy: the classes of the rows of X.
import pickle
import sys

import numpy

with open(sys.argv[1], "rb") as f:
    model = pickle.load(f)
numpy.save(sys.argv[3], model.predict(numpy.load(sys.argv[2])))

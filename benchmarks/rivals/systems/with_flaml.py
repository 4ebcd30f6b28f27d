"""FLAML's AutoML."""

import time

from _order import Order
from flaml import AutoML

order = Order()
train, test = order.frames()
target = train.pop(order.target)

started = time.monotonic()
metric = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}[order.problem]
task = "classification" if order.is_classes else "regression"
automl = AutoML()
automl.fit(train, target, task=task, metric=metric, time_budget=order.budget, n_jobs=2, seed=42, verbose=0)
seconds = time.monotonic() - started
if order.is_classes:
    order.write(seconds, automl.predict_proba(test), list(automl.classes_))
else:
    order.write(seconds, automl.predict(test))

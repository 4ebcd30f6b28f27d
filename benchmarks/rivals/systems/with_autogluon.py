"""AutoGluon; the variant is a preset: medium, good, best."""

import time

from _order import Order
from autogluon.tabular import TabularPredictor

order = Order()
train, test = order.frames()

started = time.monotonic()
metric = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "root_mean_squared_error"}[order.problem]
predictor = TabularPredictor(order.target, problem_type=order.problem, eval_metric=metric, path="models", verbosity=1)
predictor.fit(train, time_limit=order.budget, presets=f"{order.variant or 'medium'}_quality", num_cpus=2)
seconds = time.monotonic() - started
if order.is_classes:
    answers = predictor.predict_proba(test)
    order.write(seconds, answers.to_numpy(), list(answers.columns))
else:
    order.write(seconds, predictor.predict(test).to_numpy())

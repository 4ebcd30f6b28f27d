"""mljar-supervised in its mode Compete, or Perform as the variant."""

import time

from _order import Order
from supervised.automl import AutoML

order = Order()
train, test = order.frames()
target = train.pop(order.target)

started = time.monotonic()
metric = {"binary": "auc", "multiclass": "logloss", "regression": "rmse"}[order.problem]
task = {"binary": "binary_classification", "multiclass": "multiclass_classification"}.get(order.problem, "regression")
automl = AutoML(
    results_path="models",
    ml_task=task,
    eval_metric=metric,
    mode=(order.variant or "compete").capitalize(),
    total_time_limit=int(order.budget),
    n_jobs=2,
    random_state=42,
    verbose=0,
)
automl.fit(train, target)
seconds = time.monotonic() - started
if order.is_classes:
    answers = automl.predict_all(test)
    columns = [name for name in answers.columns if name.startswith("prediction_")]
    order.write(seconds, answers[columns].to_numpy(), [name.removeprefix("prediction_") for name in columns])
else:
    order.write(seconds, automl.predict(test))

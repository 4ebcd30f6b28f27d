"""LightAutoML's tabular preset."""

import time

from _order import Order
from lightautoml.automl.presets.tabular_presets import TabularAutoML
from lightautoml.tasks import Task

order = Order()
train, test = order.frames()

started = time.monotonic()
name = {"binary": "binary", "multiclass": "multiclass", "regression": "reg"}[order.problem]
automl = TabularAutoML(
    task=Task(name), timeout=order.budget, cpu_limit=2, reader_params={"n_jobs": 2, "random_state": 42}
)
automl.fit_predict(train, roles={"target": order.target}, verbose=0)
seconds = time.monotonic() - started
answers = automl.predict(test).data
if order.problem == "binary":
    mapping = automl.reader.class_mapping or {label: index for index, label in enumerate(order.classes)}
    positive = next(label for label, index in mapping.items() if index == 1)
    other = next(label for label in order.classes if label != str(positive))
    order.write(seconds, [[1.0 - value, value] for value in answers[:, 0]], [other, positive])
elif order.is_classes:
    mapping = automl.reader.class_mapping
    order.write(seconds, answers, sorted(mapping, key=mapping.get) if mapping else sorted(order.classes))
else:
    order.write(seconds, answers[:, 0])

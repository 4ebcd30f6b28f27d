"""H2O's AutoML; its Java server is started and stopped with the process."""

import time

import h2o
from _order import Order
from h2o.automl import H2OAutoML

order = Order()

h2o.init(nthreads=2, max_mem_size="6g", bind_to_localhost=True)
h2o.no_progress()
train, test = h2o.import_file(order.train + ".csv"), h2o.import_file(order.test + ".csv")
if order.is_classes:
    train[order.target] = train[order.target].ascharacter().asfactor()
started = time.monotonic()
automl = H2OAutoML(max_runtime_secs=int(order.budget), seed=42, verbosity=None)
automl.train(y=order.target, training_frame=train)
seconds = time.monotonic() - started
answers = automl.leader.predict(test).as_data_frame()
if order.is_classes:
    columns = [name for name in answers.columns if name != "predict"]
    labels = {f"p{label}": label for label in order.classes} | {label: label for label in order.classes}
    order.write(seconds, answers[columns].to_numpy(), [labels.get(name, name) for name in columns])
else:
    order.write(seconds, answers["predict"].to_numpy())
h2o.cluster().shutdown()

"""LightGBM with its defaults."""

import time

from _order import Order
from lightgbm import LGBMClassifier, LGBMRegressor

order = Order()
train, target, test = order.encoded()

started = time.monotonic()
model = (LGBMClassifier if order.is_classes else LGBMRegressor)(n_jobs=2, random_state=42, verbose=-1)
model.fit(train, target)
seconds = time.monotonic() - started
if order.is_classes:
    order.write(seconds, model.predict_proba(test), [order.classes[int(index)] for index in model.classes_])
else:
    order.write(seconds, model.predict(test))

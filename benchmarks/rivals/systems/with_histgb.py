"""scikit-learn's histogram gradient boosting with its defaults."""

import time

from _order import Order
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

order = Order()
train, target, test = order.encoded()

categories = [name for name in train.columns if str(train[name].dtype) == "category"]
for name in [name for name in categories if len(train[name].cat.categories) > 250]:  # it takes at most 255
    train[name], test[name] = train[name].cat.codes, test[name].cat.codes
started = time.monotonic()
kind = HistGradientBoostingClassifier if order.is_classes else HistGradientBoostingRegressor
model = kind(categorical_features="from_dtype", random_state=42).fit(train, target)
seconds = time.monotonic() - started
if order.is_classes:
    order.write(seconds, model.predict_proba(test), [order.classes[int(index)] for index in model.classes_])
else:
    order.write(seconds, model.predict(test))

"""CatBoost with its defaults and early stopping on a tenth of the rows."""

import time

import numpy as np
from _order import Order
from catboost import CatBoostClassifier, CatBoostRegressor

order = Order()
train, target, test = order.encoded()

categories = [name for name in train.columns if str(train[name].dtype) == "category"]
for frame in (train, test):
    for name in categories:
        frame[name] = frame[name].astype(object).fillna("missing").astype(str)
started = time.monotonic()
held = np.random.default_rng(42).random(len(train)) < 0.1
kind = CatBoostClassifier if order.is_classes else CatBoostRegressor
model = kind(
    thread_count=2, random_seed=42, verbose=False, allow_writing_files=False, early_stopping_rounds=50, train_dir="."
)
model.fit(train[~held], target[~held], cat_features=categories, eval_set=(train[held], target[held]))
seconds = time.monotonic() - started
if order.is_classes:
    order.write(seconds, model.predict_proba(test), [order.classes[int(index)] for index in np.ravel(model.classes_)])
else:
    order.write(seconds, model.predict(test))

"""What every system's script shares: reading the order and writing the answers. Runs in the rival's own environment."""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd


class Order:
    """The task as given on the command line."""

    def __init__(self):
        self.__dict__.update(json.loads(sys.argv[1]))
        self.variant = sys.argv[2] if len(sys.argv) > 2 else ""
        self.is_classes = self.problem != "regression"

    def frames(self):
        """Training rows with the target (classes as text), and the rows to answer."""
        train, test = pd.read_parquet(self.train + ".parquet"), pd.read_parquet(self.test + ".parquet")
        if self.is_classes:
            train[self.target] = train[self.target].map(str)
        return train, test

    def encoded(self):
        """Features as a booster takes them: categories as such, times as numbers."""
        train, test = self.frames()
        target = train.pop(self.target)
        for name in train.columns:
            if pd.api.types.is_datetime64_any_dtype(train[name]):
                train[name], test[name] = train[name].astype("int64"), test[name].astype("int64")
            elif pd.api.types.is_bool_dtype(train[name]):
                train[name], test[name] = train[name].astype(int), test[name].astype(int)
            elif not pd.api.types.is_numeric_dtype(train[name]):
                values = sorted({str(value) for value in train[name].dropna()})
                kind = pd.CategoricalDtype(values)
                train[name] = train[name].map(str, na_action="ignore").astype(kind)
                test[name] = test[name].map(str, na_action="ignore").astype(kind)
        names = {name: f"c{index}" for index, name in enumerate(train.columns)}
        train, test = train.rename(columns=names), test.rename(columns=names)
        if self.is_classes:
            target = target.map({label: index for index, label in enumerate(self.classes)})
        return train, target, test

    def write(self, seconds, predictions, classes=None):
        """Answers in the order of the rows."""
        answers = {"fit_seconds": round(seconds, 2)}
        if self.is_classes:
            values = np.asarray(predictions, dtype=float)
            answers |= {"classes": [str(label) for label in classes], "probabilities": values.tolist()}
        else:
            answers["values"] = np.asarray(predictions, dtype=float).ravel().tolist()
        Path(self.out).write_text(json.dumps(answers))

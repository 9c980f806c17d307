"""Failing cells over scikit-learn and PyTorch."""

from __future__ import annotations

from .corpus import Case, case

_SK = """
import numpy as np
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.preprocessing import StandardScaler, OneHotEncoder
from sklearn.model_selection import train_test_split, GridSearchCV
X = np.arange(20.0).reshape(10, 2)
y = np.arange(10.0)
"""
_TORCH = """
import torch
from torch import nn
model = nn.Linear(4, 2)
"""


def _sk(name: str, category: str, code: str, **rest: str) -> Case:
    return case(name, category, code, "sklearn", setup=_SK, **rest)


def _torch(name: str, category: str, code: str, **rest: str) -> Case:
    return case(name, category, code, "torch", setup=_TORCH, **rest)


SKLEARN = [
    _sk("not-fitted", "logic", "LinearRegression().predict(X)  #!"),
    _sk("nan", "value", "X2 = X.copy()\nX2[3, 1] = np.nan\nLinearRegression().fit(X2, y)  #!"),
    _sk("infinite", "value", "X2 = X.copy()\nX2[0, 0] = np.inf\nStandardScaler().fit(X2)  #!"),
    _sk("lengths", "shape", "LinearRegression().fit(X, y[:5])  #!"),
    _sk("one-dimension", "shape", "LinearRegression().fit(y, y)  #!"),
    _sk("features", "shape", "LinearRegression().fit(X, y).predict(np.ones((2, 5)))  #!"),
    _sk("three-dimensions", "shape", "LinearRegression().fit(np.ones((2, 2, 2)), [1, 2])  #!"),
    _sk("one-class", "value", "LogisticRegression().fit(X, np.zeros(10))  #!"),
    _sk("text", "value", "LinearRegression().fit([['a'], ['b']], [1, 2])  #!"),
    _sk("continuous", "value", "LogisticRegression().fit(X, y / 3)  #!"),
    _sk("bad-parameter", "value", "LogisticRegression(C=-1).fit(X, y > 3)  #!"),
    _sk("unknown-parameter", "type", "LogisticRegression(c=1)  #!"),
    _sk("set-params", "value", "LogisticRegression().set_params(depth=3)  #!"),
    _sk("split", "value", "train_test_split(X, test_size=20)  #!"),
    _sk("empty", "shape", "LinearRegression().fit(np.empty((0, 2)), [])  #!"),
    _sk("grid", "value", "GridSearchCV(LogisticRegression(), {'C': [-1]}).fit(X, y > 3)  #!"),
    _sk("unknown-category", "value", "OneHotEncoder().fit([['a']]).transform([['b']])  #!"),
    _sk(
        "metric-lengths",
        "shape",
        "from sklearn.metrics import accuracy_score\naccuracy_score([1, 0], [1])  #!",
    ),
    _sk("renamed-import", "import_env", "from sklearn.cross_validation import KFold  #!"),
    _sk("dataset-removed", "import_env", "from sklearn.datasets import load_boston  #!"),
]

TORCH = [
    _torch("matmul", "shape", "model(torch.ones(3, 5))  #!"),
    _torch("add", "shape", "torch.ones(3, 4) + torch.ones(2, 4)  #!"),
    _torch("view", "shape", "torch.arange(10).view(3, 4)  #!"),
    _torch("cat", "shape", "torch.cat([torch.ones(2, 3), torch.ones(2, 4)])  #!"),
    _torch("dtype", "type", "model(torch.ones(3, 4, dtype=torch.int64))  #!"),
    _torch("dtype-double", "type", "model(torch.ones(3, 4, dtype=torch.float64))  #!"),
    _torch(
        "loss-target",
        "shape",
        "nn.CrossEntropyLoss()(torch.ones(3, 4), torch.zeros(5, dtype=torch.long))  #!",
    ),
    _torch(
        "loss-range",
        "lookup",
        "nn.CrossEntropyLoss()(torch.ones(3, 4), torch.tensor([0, 1, 9]))  #!",
    ),
    _torch("no-cuda", "device", "torch.ones(3).cuda()  #!"),
    _torch("no-cuda-to", "device", "model.to('cuda')  #!"),
    _torch("no-grad", "logic", "torch.ones(3).sum().backward()  #!"),
    _torch(
        "twice",
        "logic",
        "x = torch.ones(3, requires_grad=True)\nz = (x * x).sum()\nz.backward()\nz.backward()  #!",
    ),
    _torch("in-place", "logic", "w = torch.ones(3, requires_grad=True)\nw += 1  #!"),
    _torch("numpy-grad", "logic", "torch.ones(3, requires_grad=True).numpy()  #!"),
    _torch("state-dict", "lookup", "model.load_state_dict({'weight': torch.ones(2, 4)})  #!"),
    _torch(
        "state-shape",
        "shape",
        "model.load_state_dict({'weight': torch.ones(9, 9), 'bias': torch.ones(2)})  #!",
    ),
    _torch("index", "lookup", "torch.ones(3)[7]  #!"),
    _torch("embedding", "lookup", "nn.Embedding(4, 2)(torch.tensor([9]))  #!"),
    _torch("item", "shape", "torch.ones(3).item()  #!"),
    _torch("truth", "value", "if torch.ones(3):  #!\n    pass"),
    _torch("forward", "logic", "class Net(nn.Module): ...\nNet()(torch.ones(1))  #!"),
    _torch(
        "forward-inside",
        "shape",
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(3, 1)\n    def forward(self, x):\n        return self.fc(x)\n\nNet()(torch.ones(2, 4))  #!",
    ),
    _torch("load-missing", "file_io", "torch.load('no_such.pt')  #!"),
    _torch("huge", "memory", "torch.empty(10 ** 15)  #!", severity="critical"),
    _torch(
        "loader",
        "lookup",
        "from torch.utils.data import DataLoader, Dataset\nclass D(Dataset):\n    def __len__(self): return 4\n    def __getitem__(self, i): return {}['x']\n\nfor batch in DataLoader(D()):  #!\n    pass",
    ),
    _torch(
        "collate",
        "shape",
        "from torch.utils.data import DataLoader\nlist(DataLoader([torch.ones(2), torch.ones(3)], batch_size=2))  #!",
    ),
]

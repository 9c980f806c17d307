"""Failing cells as they come up in everyday work with models."""

from __future__ import annotations

from .corpus import cells

SKLEARN = cells(
    r"""
# %% data
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
people = pd.DataFrame({
    "age": [20.0, 30.0, None, 50.0, 33.0, 41.0],
    "city": ["a", "b", "a", "c", "b", "a"],
    "label": [0, 1, 0, 1, 1, 0],
})
# %% nan-into-fit: value
model = LinearRegression()
model.fit(people[["age"]], people["label"])  #!
# %% text-into-fit: value
clf = RandomForestClassifier(n_estimators=5)
clf.fit(people[["city"]], people["label"])  #!
# %% column-transformer: value
prep = ColumnTransformer([
    ("num", StandardScaler(), ["age", "income"]),
    ("cat", OneHotEncoder(), ["city"]),
])
pipe = Pipeline([("prep", prep), ("clf", LogisticRegression())])
pipe.fit(people, people["label"])  #!
# %% unknown-category: value
enc = OneHotEncoder().fit(people[["city"]])
new = pd.DataFrame({"city": ["z"]})
enc.transform(new)  #!
# %% predict-unfitted: logic
pipe = make_pipeline(StandardScaler(), LogisticRegression())
pipe.predict(people[["age"]])  #!
# %% feature-names: value
clean = people.dropna()
m = LinearRegression().fit(clean[["age"]], clean["label"])
m.predict(clean[["age"]].rename(columns={"age": "years"}))  #!
# %% feature-count: shape
m = LinearRegression().fit(np.ones((5, 3)), np.ones(5))
m.predict(np.ones((5, 2)))  #!
# %% one-dimension: shape
scaler = StandardScaler()
scaler.fit_transform(np.array([1.0, 2.0, 3.0]))  #!
# %% rows-differ: shape
LogisticRegression().fit(np.ones((5, 2)), [0, 1, 0])  #!
# %% continuous-target: value
LogisticRegression().fit(np.random.rand(5, 2), np.random.rand(5))  #!
# %% one-class: value
LogisticRegression().fit(np.random.rand(5, 2), np.zeros(5))  #!
# %% stratify: value
train_test_split(people, stratify=["a", "b", "b", "c", "c", "c"])  #!
# %% split-sizes: value
train_test_split([1], test_size=0.2)  #!
# %% split-rows: shape
train_test_split(np.ones((5, 2)), np.ones(4))  #!
# %% grid-parameter: value
search = GridSearchCV(LogisticRegression(), {"alpha": [0.1, 1.0]}, cv=2)
search.fit(np.random.rand(8, 2), [0, 1] * 4)  #!
# %% cv-folds: value
cross_val_score(LogisticRegression(), np.random.rand(6, 2), [0, 1] * 3, cv=5)  #!
# %% cv-all-fail: value
cross_val_score(LogisticRegression(), people[["city"]], people["label"], cv=2)  #!
# %% scoring-name: value
cross_val_score(  #!
    LogisticRegression(),
    np.random.rand(8, 2),
    [0, 1] * 4,
    scoring="acc",
)
# %% bad-parameter: value
LogisticRegression(C=-1).fit(np.random.rand(4, 2), [0, 1, 0, 1])  #!
# %% unknown-argument: type
RandomForestClassifier(n_trees=100)  #!
# %% set-params: value
pipe = make_pipeline(StandardScaler(), LogisticRegression())
pipe.set_params(clf__C=3)  #!
# %% metric-lengths: shape
from sklearn.metrics import accuracy_score
accuracy_score([0, 1, 1], [0, 1])  #!
# %% metric-mix: value
from sklearn.metrics import f1_score
f1_score([0, 1, 2, 1], [0, 1, 1, 1])  #!
# %% components: shape
from sklearn.decomposition import PCA
PCA(n_components=10).fit(np.random.rand(5, 3))  #!
# %% too-few-samples: value
from sklearn.neighbors import KNeighborsClassifier
knn = KNeighborsClassifier(5).fit(np.random.rand(3, 2), [0, 1, 0])
knn.predict(np.random.rand(1, 2))  #!
# %% removed-data-set: import_env
from sklearn.datasets import load_boston  #!
# %% fitted-attribute: attribute
model = LinearRegression()
print(model.coef_)  #!
# %% own-transformer: lookup
from sklearn.base import BaseEstimator, TransformerMixin
class Pick(BaseEstimator, TransformerMixin):
    def fit(self, X, y=None):
        return self
    def transform(self, X):
        return X[:, 5]

make_pipeline(Pick(), LinearRegression()).fit(np.ones((4, 3)), np.ones(4))  #!
""",
    "sklearn",
    "pandas",
)

TORCH = cells(
    r"""
# %% net
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, TensorDataset
net = nn.Sequential(nn.Linear(10, 5), nn.ReLU(), nn.Linear(5, 2))
# %% features: shape
x = torch.randn(32, 8)
out = net(x)  #!
# %% loss-rows: shape
loss_fn = nn.CrossEntropyLoss()
logits = torch.randn(32, 2)
target = torch.randint(0, 2, (30,))
loss = loss_fn(logits, target)  #!
# %% target-range: lookup
loss_fn = nn.CrossEntropyLoss()
loss = loss_fn(torch.randn(4, 2), torch.tensor([0, 1, 2, 1]))  #!
# %% double-float: type
x = torch.randn(4, 10, dtype=torch.float64)
net(x)  #!
# %% long-target: type
nn.CrossEntropyLoss()(torch.randn(4, 3), torch.ones(4, 1, dtype=torch.int32).squeeze())  #!
# %% view: shape
batch = torch.randn(8, 3, 4)
flat = batch.view(8, 15)  #!
# %% view-strides: shape
t = torch.randn(4, 6).t()
t.view(24)  #!
# %% cat: shape
torch.cat([torch.ones(2, 3), torch.ones(2, 4)], dim=0)  #!
# %% backward-twice: logic
w = torch.ones(3, requires_grad=True)
loss = (w * w).sum()
loss.backward()
loss.backward()  #!
# %% no-grad: logic
loss = net(torch.randn(2, 10)).detach().sum()
loss.backward()  #!
# %% numpy-of-grad: logic
net(torch.randn(2, 10)).numpy()  #!
# %% inplace: logic
w = torch.ones(3, requires_grad=True)
w += 1  #!
# %% no-cuda: device
device = torch.device("cuda")
net = net.to(device)  #!
# %% load-state: shape
small = nn.Linear(10, 3)
big = nn.Linear(10, 4)
small.load_state_dict(big.state_dict())  #!
# %% state-keys: lookup
net.load_state_dict({"0.weight": torch.ones(5, 10)})  #!
# %% load-missing: file_io
checkpoint = torch.load("checkpoints/best.pt")  #!
# %% loader-items: shape
data = TensorDataset(torch.ones(10, 3), torch.ones(9))  #!
# %% own-dataset
class Rows(Dataset):
    def __init__(self, n):
        self.n = n
        self.data = torch.arange(n)

    def __len__(self):
        return self.n + 1

    def __getitem__(self, i):
        return {"x": self.data[i], "y": self.labels[i]}
# %% dataset-attribute: attribute
loader = DataLoader(Rows(8), batch_size=4)
for batch in loader:  #!
    print(batch["x"].sum())
# %% collate: shape
rows = [torch.ones(2), torch.ones(3)]
next(iter(DataLoader(rows, batch_size=2)))  #!
# %% worker: value
class Bad(Dataset):
    def __len__(self):
        return 4
    def __getitem__(self, i):
        raise ValueError(f"cannot read sample {i}")

for batch in DataLoader(Bad(), num_workers=1):  #!
    pass
# %% empty-parameters: value
torch.optim.SGD([], lr=0.1)  #!
# %% negative-rate: value
torch.optim.Adam(net.parameters(), lr=-1)  #!
# %% module-not-called: attribute
class Net(nn.Module):
    def __init__(self):
        self.fc = nn.Linear(3, 1)

Net()  #!
# %% forward-typo: attribute
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(3, 1)

    def forward(self, x):
        return self.fc(x)

model = Net()
for step in range(2):
    out = model(torch.ones(2, 3))  #!
# %% no-forward: logic
class Net(nn.Module):
    pass

Net()(torch.ones(1))  #!
# %% batch-norm: value
nn.BatchNorm1d(3).train()(torch.ones(1, 3))  #!
# %% embedding-range: lookup
nn.Embedding(10, 4)(torch.tensor([3, 12]))  #!
# %% conv-channels: shape
nn.Conv2d(3, 8, 3)(torch.ones(1, 1, 28, 28))  #!
# %% item-of-many: shape
torch.ones(3).item()  #!
# %% matmul-types: type
torch.ones(2, 2) @ torch.ones(2, 2, dtype=torch.int64)  #!
""",
    "torch",
)

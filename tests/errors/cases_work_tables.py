"""Failing cells as they come up in everyday work with tables and arrays."""

from __future__ import annotations

from .corpus import cells

PANDAS = cells(
    r"""
# %% frames
import io
import numpy as np
import pandas as pd
orders = pd.DataFrame({
    "order_id": [1, 2, 3, 4],
    "customer_id": ["10", "11", "12", "13"],
    "amount": ["10.5", "7", "n/a", "3"],
    "day": ["2024-01-01", "2024-01-02", "not a day", "2024-01-04"],
})
customers = pd.DataFrame({"customer_id": [10, 11, 12], "city": ["Bonn", "Lima", None]})
sales = pd.DataFrame(
    {"units": [1.0, np.nan, 3.0, 4.0]},
    index=pd.date_range("2024-01-01", periods=4, freq="D"),
)
# %% merge-types: value
joined = (
    orders.merge(customers, on="customer_id")  #!
    .groupby("city")
    .amount.sum()
)
# %% merge-missing-key: lookup
joined = orders.merge(customers, on="customer")  #!
# %% merge-one-to-one: value
twice = pd.concat([customers, customers])
customers.merge(twice, on="customer_id", validate="one_to_one")  #!
# %% merge-suffixes: value
left = orders.copy()
left.merge(left, on="order_id", suffixes=("", ""))  #!
# %% join-overlap: value
orders.join(customers, how="left")  #!
# %% to-float: value
orders["total"] = orders["amount"].astype(float) * 1.19  #!
# %% to-numeric: value
orders["total"] = pd.to_numeric(orders["amount"])  #!
# %% to-datetime: value
orders["day"] = pd.to_datetime(orders["day"])  #!
# %% astype-int-nan: value
sales["units"] = sales["units"].astype(int)  #!
# %% column-case: lookup
total = orders["Amount"].sum()  #!
# %% columns-list: lookup
subset = orders[["order_id", "amount", "city"]]  #!
# %% column-attribute: attribute
orders.amounts.mean()  #!
# %% groupby-missing: lookup
orders.groupby("city")["amount"].sum()  #!
# %% groupby-mean-text: type
orders.groupby("customer_id").agg("mean")  #!
# %% agg-missing: lookup
orders.groupby("customer_id").agg({"amount": "first", "price": "sum"})  #!
# %% apply-row
def tax(row):
    rate = 0.19
    return row["price"] * rate
# %% apply-row-key: lookup
orders["tax"] = orders.apply(tax, axis=1)  #!
# %% apply-value: value
def parse(value):
    return float(value)

orders["parsed"] = orders["amount"].map(parse)  #!
# %% lambda-type: type
orders["label"] = orders["order_id"].apply(lambda i: "order " + i)  #!
# %% assign-length: shape
orders["flag"] = [True, False]  #!
# %% frame-lengths: shape
pd.DataFrame({"a": [1, 2, 3], "b": [1, 2]})  #!
# %% column-names-length: shape
orders.columns = ["id", "customer", "amount"]  #!
# %% values-shape: shape
pd.DataFrame(np.ones((3, 2)), columns=["a", "b", "c"])  #!
# %% loc-missing: lookup
row = customers.loc[99]  #!
# %% iloc-far: lookup
row = customers.iloc[10]  #!
# %% drop-column: lookup
customers = customers.drop(columns=["country"])  #!
# %% set-index: lookup
orders.set_index("date")  #!
# %% sort-by: lookup
orders.sort_values(by="total_amount", ascending=False).head()  #!
# %% truth-of-series: value
if orders["order_id"] > 2:  #!
    print("large")
# %% and-of-series: value
big = orders[(orders["order_id"] > 1) and (orders["order_id"] < 4)]  #!
# %% boolean-mask-length: shape
mask = [True, False]
orders[mask]  #!
# %% pivot-duplicates: value
long = pd.DataFrame({"day": [1, 1], "city": ["a", "a"], "v": [1, 2]})
wide = long.pivot(index="day", columns="city", values="v")  #!
# %% resample-no-dates: type
daily = orders.resample("D").sum()  #!
# %% resample-rule: value
weekly = sales.resample("WEEK").sum()  #!
# %% zones-mixed: type
stamp = pd.Timestamp("2024-01-02", tz="UTC")
recent = sales[sales.index > stamp]  #!
# %% localize-twice: type
sales.index.tz_localize("UTC").tz_localize("Europe/Berlin")  #!
# %% out-of-range-day: value
pd.Timestamp("2024-02-30")  #!
# %% string-on-numbers: attribute
orders["order_id"].str.upper()  #!
# %% dt-on-text: attribute
orders["day"].dt.month  #!
# %% reindex-duplicates: value
s = pd.Series([1, 2], index=["a", "a"])
s.reindex(["a", "b"])  #!
# %% append-removed: attribute
orders = orders.append({"order_id": 5}, ignore_index=True)  #!
# %% query-name: name
orders.query("amount_eur > 3")  #!
# %% query-syntax: syntax warning
orders.query("order_id >> > 3")  #!
# %% read-missing: file_io
raw = pd.read_csv("data/sales_2024.csv", parse_dates=["day"])  #!
# %% read-ragged: file_io
text = "a,b\n1,2\n3,4,5\n"
raw = pd.read_csv(io.StringIO(text))  #!
# %% read-empty: file_io
pd.read_csv(io.StringIO(""))  #!
# %% read-usecols: lookup
pd.read_csv(io.StringIO("a,b\n1,2\n"), usecols=["a", "c"])  #!
# %% read-dtype: value
pd.read_csv(io.StringIO("a,b\n1,x\n"), dtype={"b": int})  #!
# %% read-excel-engine: import_env
pd.read_excel(io.BytesIO(b"PK"), engine="openpyxl")  #!
# %% plot-without-backend: import_env
ax = sales["units"].plot()  #!
# %% concat-nothing: value
frames = [f for f in [orders, customers] if len(f) > 100]
everything = pd.concat(frames)  #!
# %% cut-edges: shape
pd.cut(orders["order_id"], bins=[0, 2, 4], labels=["low", "mid", "high"])  #!
# %% qcut-edges: value
pd.qcut(pd.Series([1, 1, 1, 1, 2]), 4)  #!
# %% category: type
c = pd.Series(["a", "b"], dtype="category")
c.iloc[0] = "z"  #!
# %% explode: lookup
orders.explode("items")  #!
# %% melt: lookup
orders.melt(id_vars=["order_id", "region"])  #!
# %% argument-name: type
orders.sort_values(by="order_id", asc=False)  #!
# %% multiindex: lookup
s = pd.Series([1, 2], index=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)]))
s.loc[("a", 3)]  #!
""",
    "pandas",
)

NUMPY = cells(
    r"""
# %% arrays
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(100, 4))
y = rng.integers(0, 2, size=90)
weights = np.ones(3)
# %% standardise: shape
mean = X.mean(axis=1)
Z = (X - mean) / X.std()  #!
# %% project: shape
scores = X @ weights  #!
# %% mask: shape
positive = X[y == 1]  #!
# %% hstack: shape
data = np.hstack([X, y])  #!
# %% solve: numerical
A = np.array([[1.0, 2.0], [2.0, 4.0]])
np.linalg.solve(A, np.ones(2))  #!
# %% cholesky: numerical
np.linalg.cholesky(np.array([[1.0, 2.0], [2.0, 1.0]]))  #!
# %% split-unequal: shape
parts = np.split(X, 7)  #!
# %% text-to-float: value
table = np.loadtxt(["1 2", "3 x"])  #!
# %% integer-index: lookup
idx = 1.0
row = X[idx]  #!
# %% row-out-of-range: lookup
for i in [0, 99, 100]:
    X[i].sum()  #!
# %% too-much: memory critical
distances = np.zeros((1_000_000, 1_000_000))  #!
# %% int-overflow: numerical
np.int8(300)  #!
# %% read-only: value
a = np.broadcast_to(np.arange(3), (2, 3))
a[0, 0] = 9  #!
# %% datetime-text: value
np.datetime64("yesterday")  #!
# %% removed-alias: attribute
mask = np.zeros(3, dtype=np.bool8)  #!
# %% einsum: shape
np.einsum("ij,jk->ik", np.ones((2, 3)), np.ones((4, 5)))  #!
# %% object-sum: type
np.array([1, None, 3]).sum()  #!
# %% percentile: value
np.percentile(X, 120)  #!
# %% polyfit: shape
np.polyfit([1, 2, 3], [1, 2], 1)  #!
# %% savez-load: lookup
import io
buffer = io.BytesIO()
np.savez(buffer, train=X)
buffer.seek(0)
np.load(buffer)["test"]  #!
""",
    "numpy",
)

POLARS = cells(
    r"""
# %% frames
import polars as pl
trips = pl.DataFrame({"id": [1, 2, 3], "km": ["1.5", "x", "3"], "city": ["a", "b", "a"]})
lazy = trips.lazy()
# %% lazy-column: lookup
total = (
    lazy.filter(pl.col("distance") > 2)
    .group_by("city")
    .agg(pl.len())
    .collect()  #!
)
# %% cast: value
trips.with_columns(pl.col("km").cast(pl.Float64))  #!
# %% join-types: type
other = pl.DataFrame({"id": ["1", "2"], "name": ["x", "y"]})
trips.join(other, on="id")  #!
# %% join-column: lookup
other = pl.DataFrame({"key": [1], "name": ["x"]})
trips.join(other, on="id")  #!
# %% groupby-renamed: attribute
trips.groupby("city")  #!
# %% assign-item: type
trips["fare"] = 3.5  #!
# %% lengths: shape
pl.DataFrame({"a": [1, 2], "b": [1]})  #!
# %% mixed-types: type
pl.DataFrame({"a": [1, "x"]}, strict=True)  #!
# %% vstack-schema: shape
trips.vstack(pl.DataFrame({"id": [1]}))  #!
# %% duplicate-names: value
trips.select(pl.col("id"), pl.col("km").alias("id"))  #!
# %% read: file_io
pl.read_parquet("trips.parquet")  #!
# %% scan: file_io
pl.scan_csv("trips_*.csv").collect()  #!
# %% strptime: value
pl.Series(["2024-01-01", "x"]).str.to_date("%Y-%m-%d")  #!
# %% truth: type
if pl.col("id") > 1:  #!
    pass
# %% sum-of-text: type
trips.select(pl.col("city").sum())  #!
# %% map-elements: value
trips["km"].map_elements(float, return_dtype=pl.Float64)  #!
# %% row-out: lookup
trips.row(7)  #!
# %% sql: lookup
trips.sql("select fare from self")  #!
""",
    "polars",
)

"""Failing cells over tables and arrays."""

from __future__ import annotations

from .corpus import Case, case

_NP = "import numpy as np"
_PD = """
import pandas as pd
df = pd.DataFrame({"price": [1.0, 2.0, None], "name": ["a", "b", "c"], "size": [1, 2, 3]})
other = pd.DataFrame({"name": ["a", "b"], "key": ["1", "2"]})
"""
_PL = """
import polars as pl
df = pl.DataFrame({"price": [1.0, 2.0, None], "name": ["a", "b", "c"]})
"""


def _np(name: str, category: str, code: str, **rest: str) -> Case:
    return case(name, category, code, "numpy", setup=_NP, **rest)


def _pd(name: str, category: str, code: str, **rest: str) -> Case:
    return case(name, category, code, "pandas", setup=_PD, **rest)


def _pl(name: str, category: str, code: str, **rest: str) -> Case:
    return case(name, category, code, "polars", setup=_PL, **rest)


NUMPY = [
    _np("broadcast", "shape", "a = np.ones((3, 4))\nb = np.ones((2, 4))\na + b  #!"),
    _np("matmul", "shape", "np.ones((3, 4)) @ np.ones((3, 4))  #!"),
    _np("dot", "shape", "np.dot(np.ones(3), np.ones(4))  #!"),
    _np("reshape", "shape", "np.arange(10).reshape(3, 4)  #!"),
    _np("concatenate", "shape", "np.concatenate([np.ones((2, 3)), np.ones((2, 4))])  #!"),
    _np("too-many-indices", "shape", "np.ones(3)[0, 0]  #!"),
    _np("boolean-index", "shape", "np.arange(5)[np.array([True, False])]  #!"),
    _np("ragged", "shape", "np.array([[1, 2], [3]])  #!"),
    _np("stack", "shape", "np.stack([np.ones(2), np.ones(3)])  #!"),
    _np("assign-shape", "shape", "a = np.zeros((2, 2))\na[0] = [1, 2, 3]  #!"),
    _np("out-of-bounds", "lookup", "np.arange(3)[7]  #!"),
    _np("axis", "shape", "np.ones((2, 2)).sum(axis=5)  #!"),
    _np("field", "value", "a = np.zeros(2, dtype=[('x', float)])\na['y']  #!"),
    _np("truth", "value", "if np.array([1, 2]) > 1:  #!\n    pass"),
    _np("convert", "value", "np.array(['a', '1']).astype(float)  #!"),
    _np("ufunc-type", "type", "np.sqrt(np.array([object()]))  #!"),
    _np("casting", "type", "a = np.ones(2, dtype=int)\na += 0.5  #!"),
    _np("add-text", "type", "np.array([1, 2]) + 'a'  #!"),
    _np("removed", "import_env", "np.float(3)  #!"),
    _np("no-attribute", "attribute", "np.ones(3).lenght  #!"),
    _np("singular", "numerical", "np.linalg.inv(np.zeros((2, 2)))  #!"),
    _np("not-square", "shape", "np.linalg.inv(np.zeros((2, 3)))  #!"),
    _np("no-convergence", "numerical", "np.linalg.eig(np.array([[np.nan, 1], [1, 1]]))  #!"),
    _np("huge", "memory", "np.ones((10 ** 6, 10 ** 8))  #!", severity="critical"),
    _np("load-missing", "file_io", "np.load('no_such.npy')  #!"),
    _np("load-garbage", "file_io", "import io\nnp.load(io.BytesIO(b'nothing'))  #!"),
    _np("empty-max", "value", "np.array([]).max()  #!"),
    _np("random-choice", "value", "np.random.default_rng(0).choice(3, 5, replace=False)  #!"),
    _np("seterr", "numerical", "with np.errstate(divide='raise'):\n    np.ones(2) / 0  #!"),
]

PANDAS = [
    _pd("column", "lookup", "df['prise']  #!"),
    _pd("columns", "lookup", "df[['price', 'cost']]  #!"),
    _pd("loc", "lookup", "df.loc['x']  #!"),
    _pd("iloc", "lookup", "df.iloc[10]  #!"),
    _pd("drop", "lookup", "df.drop(columns=['nothing'])  #!"),
    _pd("groupby", "lookup", "df.groupby('nothing').sum()  #!"),
    _pd("merge-key", "lookup", "df.merge(other, on='size')  #!"),
    _pd("sort", "lookup", "df.sort_values('nothing')  #!"),
    _pd("attribute", "attribute", "df.prices  #!"),
    _pd("removed-append", "attribute", "df.append(other)  #!"),
    _pd("series-attribute", "attribute", "df['name'].upper()  #!"),
    _pd("to-numeric", "value", "pd.to_numeric(df['name'])  #!"),
    _pd("astype", "value", "df['name'].astype(int)  #!"),
    _pd("astype-na", "value", "df['price'].astype(int)  #!"),
    _pd("to-datetime", "value", "pd.to_datetime(['2026-01-01', 'soon'])  #!"),
    _pd("merge-dtype", "value", "df.merge(other, left_on='size', right_on='key')  #!"),
    _pd("length", "shape", "df['new'] = [1, 2]  #!"),
    _pd("constructor-length", "shape", "pd.DataFrame({'a': [1, 2], 'b': [1]})  #!"),
    _pd("columns-length", "shape", "df.columns = ['a', 'b']  #!"),
    _pd("truth", "value", "if df['price'] > 1:  #!\n    pass"),
    _pd(
        "duplicate",
        "value",
        "df.set_index('name').reindex(['a']).loc[:, ['price', 'price']].reindex(columns=['price'])  #!",
    ),
    _pd("mean-text", "type", "df['name'].mean()  #!"),
    _pd("sum-mixed", "type", "pd.Series([1, 'a']).sum()  #!"),
    _pd("read-missing", "file_io", "pd.read_csv('no_such_file.csv')  #!"),
    _pd("read-empty", "file_io", "import io\npd.read_csv(io.StringIO(''))  #!"),
    _pd("parser", "file_io", "import io\npd.read_csv(io.StringIO('a,b\\n1,2\\n1,2,3\\n'))  #!"),
    _pd("parquet", "file_io", "import io\npd.read_parquet(io.BytesIO(b'nothing at all'))  #!"),
    _pd("usecols", "lookup", "import io\npd.read_csv(io.StringIO('a,b\\n1,2'), usecols=['c'])  #!"),
    _pd("apply", "numerical", "df.apply(lambda row: 1 // 0, axis=1)  #!"),
    _pd(
        "apply-key",
        "lookup",
        "def cost(row):\n    return row['cost']\n\ndf.apply(cost, axis=1)  #!",
    ),
    _pd("query", "name", "df.query('cost > 1')  #!"),
    _pd("keyword", "type", "df.dropna(colums=['a'])  #!"),
    _pd(
        "pivot-duplicates",
        "value",
        "pd.DataFrame({'a': [1, 1], 'b': [1, 1], 'c': [1, 2]}).pivot(index='a', columns='b', values='c')  #!",
    ),
    _pd("period", "value", "pd.Timestamp('not a date')  #!"),
]

POLARS = [
    _pl("column", "lookup", "df['prise']  #!"),
    _pl("select", "lookup", "df.select('cost')  #!"),
    _pl("filter", "lookup", "df.filter(pl.col('cost') > 1)  #!"),
    _pl("cast", "value", "df['name'].cast(pl.Int64)  #!"),
    _pl("shape", "shape", "df.with_columns(pl.Series('x', [1, 2]))  #!"),
    _pl("constructor", "shape", "pl.DataFrame({'a': [1, 2], 'b': [1, 2, 3]})  #!"),
    _pl("attribute", "attribute", "df.groupyb('name')  #!"),
    _pl("read-missing", "file_io", "pl.read_csv('no_such_file.csv')  #!"),
    _pl("add-types", "type", "df.select(pl.col('name') - pl.col('price'))  #!"),
    _pl("join-dtype", "type", "df.join(pl.DataFrame({'name': [1]}), on='name')  #!"),
    _pl("duplicate", "value", "df.select(pl.col('price'), pl.col('price'))  #!"),
    _pl("row", "lookup", "df.row(10)  #!"),
]

ARROW = [
    case(
        "column",
        "lookup",
        "t = pa.table({'a': [1]})\nt.column('b')  #!",
        "pyarrow",
        setup="import pyarrow as pa",
    ),
    case("invalid", "value", "pa.array([1, 'a'])  #!", "pyarrow", setup="import pyarrow as pa"),
    case(
        "cast",
        "value",
        "pa.array(['a']).cast(pa.int64())  #!",
        "pyarrow",
        setup="import pyarrow as pa",
    ),
    case(
        "parquet",
        "file_io",
        "import pyarrow.parquet as pq\npq.read_table('no_such.parquet')  #!",
        "pyarrow",
        setup="import pyarrow as pa",
    ),
    case(
        "lengths",
        "shape",
        "pa.table({'a': [1], 'b': [1, 2]})  #!",
        "pyarrow",
        setup="import pyarrow as pa",
    ),
]

"""Cells that fail, and what the first advice must say; data."""

from __future__ import annotations

from typing import NamedTuple


class Failing(NamedTuple):
    """A cell that fails."""

    code: str
    advice: str | None
    """Part of the first advice; ``None`` if there must be none."""
    evidence: str = ""
    """Part of its evidence."""
    needs: str = ""
    """Modules it imports that may be missing, with blanks between."""
    action: str | None = None
    """What a click does; not looked at if ``None``."""


TABLE = 'import pandas as pd\ndf = pd.DataFrame({"price ": [1, 2], "Name": ["a", "b"]})\n'
NUMPY = "import numpy as np\n"
TORCH = "import torch\n"
POLARS = 'import polars as pl\ndf = pl.DataFrame({"price": [1, 2]})\n'
SKLEARN = (
    "import numpy as np\nfrom sklearn.linear_model import LinearRegression, LogisticRegression\n"
)
SQL = 'import sqlite3\nc = sqlite3.connect(":memory:")\n'

NAMES = [
    Failing("train_df = 1\ntrian_df", "Did you mean `train_df`?", "defined in this notebook"),
    Failing("prnt(1)", "Did you mean `print`?", "Python's own"),
    Failing("def f():\n    weights = 1\n    return wieghts\nf()", "Did you mean `weights`?"),
    Failing("values = [1, 2]\nvals", "Did you mean `values`?", "defined in this notebook"),
    Failing(
        "import os, tempfile\nfolder = tempfile.mkdtemp()\npath = os.path.join(folder, 'a.txt')\n"
        "open(path, 'w').close()\nopen(os.path.join(path, 'b.txt'))",
        "is a file, and no folder",
    ),
    Failing("x = true", "Write `True` instead of `true`"),
    Failing("xrange(3)", "Use `range` instead of `xrange`"),
    Failing("np.zeros(3)", "Add `import numpy as np`", action="insert_code:import numpy as np"),
    Failing("Path('a')", "from pathlib import Path"),
    Failing("print(later)\nlater = 1", "Move line 2 of this cell above line 1"),
    Failing("n = 1\ndef f():\n    n += 1\nf()", "Pass `n` to the function", "another one"),
    Failing("def f():\n    if 0:\n        n = 1\n    return n\nf()", "Give `n` a value before"),
    Failing("alpha = 1\nomega", None),
    Failing("x = 1\ny", None),
]

ATTRIBUTES = [
    Failing(TABLE + "df.nmae", "the column `Name`", needs="pandas"),
    Failing(TABLE + "df.name", "the column `Name`", "upper and lower case", needs="pandas"),
    Failing(TABLE + "df.gruopby('Name')", "Did you mean `.groupby`?", needs="pandas"),
    Failing(TABLE + "df.append(df)", "Use `pd.concat([df, other])`", needs="pandas"),
    Failing(TABLE + "df.iteritems()", "Use `.items()`", needs="pandas"),
    Failing(TABLE + "df.with_columns(1)", "Use `.assign(…)`", needs="pandas"),
    Failing(TABLE + "df['Name'].dt.year", "pd.to_datetime", needs="pandas"),
    Failing(TABLE + "df['price '].str.lower()", ".astype(str)", "int64", needs="pandas"),
    Failing(
        TABLE + "df.drop(columns='Name', inplace=True).head()",
        "Leave out `inplace=True`",
        "`df.drop` was called with `inplace=True`",
        needs="pandas",
    ),
    Failing(
        "data = [3, 1]\ndata = data.sort()\ndata.append(1)",
        "Do not assign the result of `data.sort` to `data`",
    ),
    Failing("data = None\ndata.append(1)", "Find out why `data` is None"),
    Failing(NUMPY + "np.float(3)", "Use `float` instead of `numpy.float`", needs="numpy"),
    Failing(NUMPY + "np.lnspace(0, 1)", "Did you mean `.linspace`?", needs="numpy"),
    Failing(NUMPY + "np.arange(3).head()", "Use `array[:5]`", needs="numpy"),
    Failing("[1].add(2)", "Use `.append(…)` instead of `.add`"),
    Failing("{}.iteritems()", "Use `.items()`"),
    Failing("'a'.lenght()", None),
    Failing("import math\nmath.sqroot(2)", None),
    Failing("import math\nmath.ciel(2)", "Did you mean `.ceil`?"),
    Failing("class Model:\n    def train(self): pass\nModel().trian()", "Did you mean `.train`?"),
    Failing("class Model:\n    pass\nModel().weights", None),
    Failing("class Conf:\n    batch_size = 3\nConf.batchsize", "`.batch_size`", "`Conf` has no"),
    Failing("import datetime\ndatetime.now()", "from datetime import datetime"),
    Failing("from datetime import datetime\ndatetime.timedelta(1)", "import timedelta"),
    Failing("[1].len()", "Use `len(list)`"),
    Failing(POLARS + "df.groupby('price')", "Use `.group_by(…)`", needs="polars"),
    Failing(POLARS + "df.iloc[0]", "Use df[…], or .row(…)", needs="polars"),
    Failing("async def f(): pass\nf().result()", "Write `await` before the call"),
]

KEYS = [
    Failing(TABLE + "df['price']", "column `'price '`", "blanks around it", needs="pandas"),
    Failing(TABLE + "df['name']", "column `'Name'`", "upper and lower case", needs="pandas"),
    Failing(TABLE + "df[['Name', 'prise ']]", "column `'price '`", needs="pandas"),
    Failing(TABLE + "df.drop(columns=['Nme'])", "column `'Name'`", needs="pandas"),
    Failing(TABLE + "df.groupby('Nam').sum()", "column `'Name'`", needs="pandas"),
    Failing(TABLE + "df.sort_values('nmae')", "column `'Name'`", needs="pandas"),
    Failing(TABLE + "df.set_index('Naem')", "column `'Name'`", needs="pandas"),
    Failing(TABLE + "df.loc[:, 'name']", "column `'Name'`", needs="pandas"),
    Failing(TABLE + "df.loc[df['price '] > 1, 'name']", "column `'Name'`", needs="pandas"),
    Failing(TABLE + "df.at[0, 'name']", "column `'Name'`", needs="pandas"),
    Failing(TABLE + "df.loc['name']", None, needs="pandas"),
    Failing(TABLE + "df.loc['name', 'Name']", None, needs="pandas"),
    Failing(TABLE + "df.loc[5]", None, needs="pandas"),
    Failing(TABLE + "df.iloc[5]", None, needs="pandas"),
    Failing(TABLE + "df.query('nam == 1')", "column `'Name'`", needs="pandas"),
    Failing(TABLE + "df.groupby('Name').agg({'price': 'sum'})", "`'price '`", needs="pandas"),
    Failing(TABLE + "df.apply(lambda row: row['name'], axis=1)", "label `'Name'`", needs="pandas"),
    Failing(TABLE + "df['zzz']", "Ask for one of the columns of `df`", "2 columns", needs="pandas"),
    Failing(TABLE + "df.set_index('Name')['Name']", "`.reset_index()` first", needs="pandas"),
    Failing(
        TABLE + "d = df.set_index('Name')\nd['Name']", "`.reset_index()` first", needs="pandas"
    ),
    Failing(
        "import pandas as pd\ndf = pd.DataFrame({'1': [1]})\ndf[1]", "Ask for `'1'`", needs="pandas"
    ),
    Failing(
        "import pandas as pd\na = pd.DataFrame({'k': [1]})\nb = pd.DataFrame({'key': [1]})\n"
        "a.merge(b, on='k')",
        "`b` has no column `k`",
        needs="pandas",
    ),
    Failing("d = {'alpha': {'beta': 1}}\nd['alpha']['bata']", "`'beta'`", "`d['alpha']`"),
    Failing(
        "import pandas as pd\ndf = pd.DataFrame({'id': [1], 'value': [2]})\n"
        "df.groupby('id')['valeu'].mean()",
        "column `'value'`",
        needs="pandas",
    ),
    Failing("from collections import OrderedDict\nd = OrderedDict(alpha=1)\nd['alhpa']", "'alpha'"),
    Failing("d = {1: 2}\nd['1']", "Ask for `1`: the key is a number"),
    Failing("d = {'a': 1}\nd['zzz']", None),
    Failing("d = {'learning_rate': 1}\nd.pop('lerning_rate')", "`'learning_rate'`"),
    Failing("import os\nos.environ['DSINFRA_NOT_THERE']", "environment variable"),
    Failing(POLARS + "df['prcie']", "column `'price'`", needs="polars"),
    Failing(POLARS + "df.select(pl.col('prcie'))", "column `'price'`", needs="polars"),
    Failing("x = [1, 2]\nfor i in range(3): x[i]", "Let `i` go up to 1 only", "2 items"),
    Failing("x = []\nx[0]", "Check that `x` is not empty"),
    Failing("x = []\nx.pop()", "Check that `x` is not empty"),
]

SHAPES = [
    Failing(
        NUMPY + "a = np.zeros((2, 3)); b = np.zeros((2, 3))\na @ b",
        "`b.T` would fit",
        "`a` has shape (2, 3) and `b` has shape (2, 3)",
        needs="numpy",
    ),
    Failing(
        NUMPY + "a = np.zeros((2, 3)); b = np.zeros(4)\na + b",
        "`a` and `b` the same size where they differ: 3 and 4",
        "shape (4,)",
        needs="numpy",
    ),
    Failing(NUMPY + "a = np.zeros((2, 3)); b = np.zeros(2)\na - b", "`b[:, None]`", needs="numpy"),
    Failing(
        NUMPY + "np.vstack([np.zeros((2, 3)), np.zeros((2, 4))])",
        "the same size along dimension 1",
        "array 0 has 3 and array 1 has 4",
        needs="numpy",
    ),
    Failing(NUMPY + "np.arange(6).reshape(4, 2)", "product is 6", needs="numpy"),
    Failing(NUMPY + "a = np.zeros(3)\na[1, 2]", "at most 1 index on `a`", needs="numpy"),
    Failing(
        NUMPY + "rows = [[1, 2], [3]]\nnp.array(rows)",
        "all rows of `rows` the same length",
        "Row 1 of `rows` has 1 item, and row 0 has 2",
        needs="numpy",
    ),
    Failing(
        TABLE + "df['new'] = [1, 2, 3]",
        "Give `df` a column of 2 values",
        "3 values",
        needs="pandas",
    ),
    Failing(TABLE + "df.columns = ['a']", "Give 2 names", needs="pandas"),
    Failing(TORCH + "a = torch.zeros(2, 3)\na @ a", "`a.T` would fit", needs="torch"),
    Failing(
        TORCH + "torch.nn.Linear(3, 4)(torch.zeros(2, 5))",
        "`in_features=5`",
        "3 features",
        needs="torch",
    ),
    Failing(
        TORCH + "a = torch.zeros(3); b = torch.zeros(4)\na + b", "differ: 3 and 4", needs="torch"
    ),
    Failing(
        TORCH + "torch.nn.BCEWithLogitsLoss()(torch.zeros(4, 1), torch.zeros(4))",
        "target.unsqueeze(1)",
        needs="torch",
    ),
    Failing(
        TORCH + "torch.nn.Conv2d(3, 4, 3)(torch.zeros(1, 5, 5, 3))",
        "x.permute(0, 3, 1, 2)",
        needs="torch",
    ),
    Failing(
        SKLEARN + "X = np.zeros((2, 1)); y = np.zeros(3)\nLinearRegression().fit(X, y)",
        "Make `X` and `y` have one row for each sample",
        "`X` has 2 rows and `y` has 3",
        needs="sklearn",
    ),
    Failing(
        SKLEARN + "X = np.arange(3); y = X\nLinearRegression().fit(X, y)",
        "`X.reshape(-1, 1)`",
        needs="sklearn",
    ),
    Failing(
        SKLEARN
        + "m = LinearRegression().fit(np.zeros((2, 2)), [1, 2])\nm.predict(np.zeros((1, 3)))",
        "the 2 features that `LinearRegression` was fitted with",
        needs="sklearn",
    ),
]

VALUES = [
    Failing(
        "import pandas as pd\ndf = pd.DataFrame({'p': ['1', '2', '3,5']}, index=list('abc'))\n"
        "df['p'].astype(float)",
        "`df['p'].str.replace(',', '.')`",
        "row 2 (label `c`): a number with a decimal comma",
        needs="pandas",
    ),
    Failing(
        "import pandas as pd\ns = pd.Series(['1', '1,000', 'n/a'])\npd.to_numeric(s)",
        "`s.str.replace(',', '')`",
        "row 1: a number with commas between thousands; 2 of 3",
        needs="pandas",
    ),
    Failing(
        "import pandas as pd\ns = pd.Series(['1', '12 %'])\ns.astype(float)",
        "`s.str.rstrip('%')`",
        needs="pandas",
    ),
    Failing(
        "import pandas as pd\ns = pd.Series(['1', ''])\ns.astype(float)",
        "row 1 of `s`",
        "empty text",
        needs="pandas",
    ),
    Failing(
        "import pandas as pd\nd = pd.Series(['2020-01-01', '1/2/2020'])\n"
        "pd.to_datetime(d, format='%Y-%m-%d')",
        "row 1 of `d`",
        "a date",
        needs="pandas",
    ),
    Failing(
        "import pandas as pd\ndf = pd.DataFrame({'p': ['1', 'x'], 'q': ['1', '2']})\n"
        "df.astype({'p': float})",
        "row 1 of `df['p']`",
        needs="pandas",
    ),
    Failing(NUMPY + "x = np.array(['1', 'a']); x.astype(float)", "row 1 of `x`", needs="numpy"),
    Failing(
        "import pandas as pd\ns = pd.Series(['1', '2'], dtype='str')\ns.mean()",
        "pd.to_numeric(s)",
        needs="pandas",
    ),
    Failing(
        "import pandas as pd\ns = pd.Series([1.0, None])\ns.astype(int)",
        "`.astype('Int64')`",
        "1 missing",
        needs="pandas",
    ),
    Failing(
        "import pandas as pd\na = pd.DataFrame({'k': [1]})\nb = pd.DataFrame({'k': ['1']})\n"
        "pd.merge(a, b, on='k')",
        "Give the key `k` one type",
        "`k` is int64 in `a`",
        needs="pandas",
    ),
    Failing(
        TABLE + "if df['Name'] == 'a' and df['Name'] == 'b': pass", "Use `&`, `|`", needs="pandas"
    ),
    Failing(
        "import pandas as pd\ns = pd.Series(['2020-01-01'])\ns - pd.Timestamp('2020-01-01')",
        None,
        needs="pandas",
    ),
    Failing("import pandas as pd\npd.concat([])", "it is empty", needs="pandas"),
    Failing("import pandas as pd\npd.DataFrame({'a': 1})", "pass `index=[0]`", needs="pandas"),
    Failing(
        "import pandas as pd, io\npd.read_csv(io.StringIO('a,b\\n1,2\\n1,2,3\\n'))",
        "Look at line 3",
        needs="pandas",
    ),
    Failing(
        SKLEARN + "X = np.array([[1.0], [np.nan]])\nLinearRegression().fit(X, [1, 2])",
        "missing values of `X`",
        "1 missing in column 0",
        needs="sklearn",
    ),
    Failing(
        SKLEARN + "X = np.array([[1.0], [np.inf]])\nLinearRegression().fit(X, [1, 2])",
        "infinite values",
        "1 infinite in column 0",
        needs="sklearn",
    ),
    Failing(
        SKLEARN + "import pandas as pd\n"
        "df = pd.DataFrame({'c': ['red', 'blue'], 'n': [1, 2]})\n"
        "LinearRegression().fit(df, [1, 2])",
        "Encode the column `c` of `df`",
        needs="sklearn pandas",
    ),
    Failing(
        SKLEARN + "import pandas as pd\ndf = pd.DataFrame({'a': [1.0, None], 'b': [1.0, 2.0]})\n"
        "LinearRegression().fit(df, [1, 2])",
        "missing values of `df`",
        "1 missing in `a`",
        needs="sklearn pandas",
    ),
    Failing(
        SKLEARN + "import pandas as pd\n"
        "m = LinearRegression().fit(pd.DataFrame({'a': [1], 'b': [2]}), [1])\n"
        "t = pd.DataFrame({'a': [1], 'c': [2]})\nm.predict(t)",
        "`b` is missing and `c` is new",
        needs="sklearn pandas",
    ),
    Failing(
        SKLEARN + "LogisticRegression().fit([[1], [2]], [0.5, 0.7])",
        "Use a regressor",
        needs="sklearn",
    ),
    Failing(
        SKLEARN + "m = LinearRegression()\nm.predict([[1]])", "Call `m.fit(…)`", needs="sklearn"
    ),
    Failing("int('3.5')", "int(float(…))"),
    Failing("int('abc')", None),
    Failing("float('abc')", None),
    Failing("import json\njson.loads('<html>')", "it is a web page"),
    Failing("import json\njson.loads('')", "there is nothing in it"),
    Failing("import json\njson.loads('{}\\n{}')", "lines=True"),
    Failing("import json\njson.loads(\"{'a': 1}\")", "double quotes"),
    Failing("import json\njson.dumps({'a': {1, 2}})", "`list(value)`"),
    Failing(
        NUMPY + "import json\nd = {'a': np.int64(1)}\njson.dumps(d)",
        "`int(value)`",
        "`d['a']`",
        needs="numpy",
    ),
    Failing(
        "import polars as pl\npl.Series('p', ['a', '1']).to_frame().select("
        "pl.col('p').cast(pl.Int64))",
        "`strict=False`",
        needs="polars",
    ),
    Failing(
        "import polars as pl\na = pl.DataFrame({'k': ['a']}); b = pl.DataFrame({'k': [1]})\n"
        "a.join(b, on='k')",
        "Cast one key",
        needs="polars",
    ),
]

CALLS = [
    Failing("def train(data, epochs=1): pass\ntrain(1, epoch=3)", "Did you mean `epochs=`?"),
    Failing("def train(data): pass\ntrain(1, zzz=3)", "Leave out `zzz=`", "takes `data`"),
    Failing("def train(data, epochs): pass\ntrain(1)", "Pass `epochs` as well"),
    Failing("def f(*, lr): pass\nf(0.1)", "Pass `lr` by name"),
    Failing("x = 2.0\nrange(x)", "`int(x)`"),
    Failing("def train(data): pass\ntrain(1, 2)", "with `data` at most"),
    Failing("class M:\n    def fit(X): pass\nM().fit(1)", "a first parameter `self`"),
    Failing("class M:\n    def fit(self, X): pass\nM.fit(X=1)", "Make an object of the class"),
    Failing("class M:\n    def __init__(self, size): pass\nM(siez=1)", "Did you mean `size=`?"),
    Failing("def outer(): inner(zzz=1)\ndef inner(): pass\nouter()", "Leave out `zzz=`", "`inner`"),
    Failing("list = [1]\nlist('a')", "Run `del list`", action="insert_code:del list"),
    Failing("import pprint\npprint({})", "Call `pprint.pprint(…)`"),
    Failing(TABLE + "df('Name')", "Use brackets for items: `df[…]`", needs="pandas"),
    Failing("x = 3\nx()", "Check what `x` stands for"),
    Failing("x = None\nx['a']", "Find out why `x` is None"),
    Failing("data = [{'a': 1}]\ndata['a']", "`data[0][…]`"),
    Failing("data = [1]\ndata['a']", None),
    Failing("s = '{\"a\": 1}'\ns['a']", "`json.loads(s)[…]`"),
    Failing("s = 'plain'\ns['a']", None),
    Failing("x = [1, 2]\nx[1.0]", "Make the index whole"),
    Failing("t = (1, 2, 3)\na, b = t", "apart into 3 names"),
    Failing("d = {'abc': 1}\nfor k, v in d: pass", "`d.items()`"),
    Failing("for i in 5: pass", "Loop over `range(5)`"),
    Failing("x = None\na, b = x", "Find out why `x` is None"),
    Failing("None + 1", None),
    Failing("y = 5\n'abc' + y", "Convert the number: `str(y)`"),
    Failing("x = 5; y = 'a'\nx + y", "`str(x)`, or `int(y)`"),
    Failing("x = None; y = 1\nx + y", "Find out why `x` is None"),
    Failing("x = [1]; y = {}\nx + y", "Convert `x` or `y`"),
    Failing("{[]: 1}", "Use a tuple or a text instead of the list"),
    Failing("f = lambda: 1\nimport pickle\npickle.dumps(f)", "`def` at the top"),
    Failing(
        "import pickle, threading\nd = {'lock': threading.Lock()}\npickle.dumps(d)",
        "Leave `d['lock']` out",
    ),
    Failing("d = {1: 2}\nfor k in d: d[k + 1] = 1", "list(d.items())"),
    Failing(
        "import asyncio\nasync def f(): pass\nasync def g():\n    c = f()\n    try:\n"
        "        asyncio.run(c)\n    finally:\n        c.close()\nasyncio.run(g())",
        "Write `await` instead of `asyncio.run",
    ),
    Failing("def deep(n): return deep(n + 1)\ndeep(0)", "where the function stops calling itself"),
    Failing(
        "from sklearn.preprocessing import OneHotEncoder\nOneHotEncoder(sparse=False)",
        "Use `sparse_output` instead of `sparse`",
        needs="sklearn",
    ),
    Failing("1 / 0", None),
    Failing("assert 1 == 2", None),
    Failing("raise ValueError('the shape of things')", None),
    Failing("raise RuntimeError('my own trouble')", None),
]

OUTSIDE = [
    Failing("import nmpy_zzz", "Install the package that brings `nmpy_zzz`"),
    Failing("import jsn", "Did you mean `import json`?"),
    Failing("import zq_zzz.io", "Install the package that brings `zq_zzz`"),
    Failing("import os.pth", "Did you mean `os.path`?"),
    Failing("from os import pth", "Did you mean `from os import path`?"),
    Failing("from collections import Mapping", "Use `collections.abc.Mapping`"),
    Failing("import opencv", "Import `cv2` instead of `opencv`"),
    Failing("import urllib2", "Use `urllib.request` instead"),
    Failing("import sklearn.cross_validation", "Use `sklearn.model_selection`", needs="sklearn"),
    Failing(
        "from sklearn.datasets import load_boston", "fetch_california_housing", needs="sklearn"
    ),
    Failing(
        "open('helper_zz.py', 'w').write('x = 1')\nimport helper_zz as h\nfrom helper_zz import yy",
        "Restart the kernel if `helper_zz.py` has been edited",
        action="restart",
    ),
    Failing(
        "import os\nos.makedirs('lib_zz', exist_ok=True)\n"
        "open('lib_zz/own_zz.py', 'w').close()\nimport own_zz",
        "sys.path.append('lib_zz')",
    ),
    Failing("open('sales_2024.csv', 'w').close()\nopen('sales_2042.csv')", "`sales_2024.csv`"),
    Failing("open('nothing/like/it.csv')", "Check the folder `nothing`"),
    Failing("open('notes_zz.txt', 'w').close()\nopen('notes_zz.csv')", "`notes_zz.txt`"),
    Failing(
        "import os\nos.makedirs('data_zz', exist_ok=True)\nopen('data_zz/deep.csv', 'w').close()\n"
        "open('deep.csv')",
        "Use the path `data_zz/deep.csv`",
    ),
    Failing("import subprocess\nsubprocess.run(['no_such_zz'])", "installed and on the PATH"),
    Failing("open('~/zz.csv')", "os.path.expanduser"),
    Failing("open('/')", "Name a file"),
    Failing(
        "import pandas as pd\npd.read_csv('zzzzzzz.csv')", "Give the whole path", needs="pandas"
    ),
    Failing("b'\\xff\\xfea\\x00'.decode()", "`encoding='utf-16'`".replace("`", "")),
    Failing("b'\\x1f\\x8b\\x08'.decode()", "Decompress it first"),
    Failing("b'\\xff\\xfe'.decode()", "Say which encoding"),
    Failing(
        "import pandas as pd\npd.DataFrame({'a': [1]}).to_csv('no_zz/x.csv')",
        "os.makedirs('no_zz', exist_ok=True)",
        needs="pandas",
        action="insert_code:import os; os.makedirs('no_zz', exist_ok=True)",
    ),
    Failing(
        "import pandas as pd\npd.read_parquet('zz_none.parquet')",
        "Give the whole path",
        needs="pandas pyarrow",
    ),
    Failing("b'caf\\xe9 au'.decode()", "Say which encoding", "at 3"),
    Failing(
        "import socket\ns = socket.socket(); s.bind(('127.0.0.1', 0)); port = s.getsockname()[1]\n"
        "s.close()\nimport urllib.request\nurllib.request.urlopen(f'http://127.0.0.1:{port}')",
        "nothing listens there",
    ),
    Failing(SQL + "c.execute('select * from nope')", "there is no `nope`"),
    Failing(
        SQL + "c.execute('create table t(a)')\nc.execute('select zz from t')", "there is no `zz`"
    ),
    Failing(SQL + "c.execute('select ?', (1, 2))", "Pass one value for each place"),
    Failing(
        "import sqlalchemy as sa\nwith sa.create_engine('sqlite://').connect() as c:\n"
        "    c.execute('select 1')",
        "sqlalchemy.text",
        needs="sqlalchemy",
    ),
    Failing(NUMPY + "np.zeros((10**7, 10**7))", "Make the array of shape", needs="numpy"),
    Failing(TORCH + "torch.zeros(10**15)", "Make the tensor smaller", needs="torch"),
    Failing(
        NUMPY + "big = np.zeros(10**7)\nraise MemoryError()",
        "the biggest first: `del big`",
        "`big` 80 MB",
        needs="numpy",
    ),
]

TENSORS = [
    Failing(
        TORCH + "x = torch.zeros(2, 3, dtype=torch.float64)\ntorch.nn.Linear(3, 1)(x)",
        "Convert `x` with `.float()`",
        needs="torch",
    ),
    Failing(
        TORCH + "torch.ones(3, requires_grad=True).numpy()", "`.detach().numpy()`", needs="torch"
    ),
    Failing(
        TORCH + "(torch.ones(3, requires_grad=True) * 2).backward()",
        "`.mean().backward()`",
        needs="torch",
    ),
    Failing(TORCH + "torch.ones(3).sum().backward()", "`requires_grad=True`", needs="torch"),
    Failing(
        TORCH + "x = torch.ones(3, requires_grad=True); y = (x * x).sum(); y.backward()\n"
        "y.backward()",
        "`retain_graph=True`",
        needs="torch",
    ),
    Failing(TORCH + "torch.nn.Embedding(3, 4)(torch.tensor([5]))", "num_embeddings", needs="torch"),
    Failing(
        TORCH + "torch.nn.CrossEntropyLoss()(torch.zeros(2, 3), torch.tensor([1, 5]))",
        "labels start at 0",
        needs="torch",
    ),
    Failing(
        TORCH + "torch.nn.Linear(2, 2).load_state_dict({'w': torch.zeros(2)})",
        "Build `Linear` as it was",
        needs="torch",
    ),
    Failing(TORCH + "torch.zeros(2, 3).view(4, 2)", "product is 6", needs="torch"),
    Failing(
        TORCH + "torch.cat([torch.zeros(2, 3), torch.zeros(2, 4)])",
        "the same size except along dimension 0",
        needs="torch",
    ),
    Failing(TORCH + "torch.tensor([1, 2]).mean()", "`.float().mean()`", needs="torch"),
    Failing(
        TORCH + "torch.stack([torch.zeros(2), torch.zeros(3)])",
        "one size first",
        "Item 0 has shape [2] and item 1 has shape [3]",
        needs="torch",
    ),
    Failing(TORCH + "torch.zeros(3)[5]", "below 3 along dimension 0", needs="torch"),
    Failing(NUMPY + "np.zeros((3, 2))[:, 2]", "below 2 along axis 1", needs="numpy"),
    Failing(
        NUMPY + "np.arange(3)[np.array([True, False])]", "Make the mask as long", needs="numpy"
    ),
    Failing(POLARS + "pl.read_csv('nofile.csv')", "Give the whole path", needs="polars"),
    Failing(POLARS + "df.with_columns(b=pl.Series([1, 2, 3]))", "`b` 2 values", needs="polars"),
    Failing(
        "import polars as pl\npl.DataFrame({'a': ['x']}).filter(pl.col('a') > 1)",
        "Cast one side first",
        needs="polars",
    ),
    Failing(
        SKLEARN + "import pandas as pd\ndf = pd.DataFrame({'a': [1, 2], 't': [1, 2]})\n"
        "LinearRegression().fit(df['a'], df['t'])",
        "`df[['a']]`",
        needs="sklearn pandas",
    ),
    Failing(
        SKLEARN + "from sklearn.cluster import KMeans\nKMeans(n_clusters=9).fit(np.zeros((3, 2)))",
        "at most 3 clusters",
        needs="sklearn",
    ),
    Failing(
        "import sqlalchemy as sa\nsa.create_engine('foo://x')",
        "`foo` is not known",
        needs="sqlalchemy",
    ),
    Failing(POLARS + "df['new'] = [1]", "df = df.with_columns", needs="polars"),
    Failing(
        "import polars as pl\npl.DataFrame({'a': [1, 2], 'b': [1]})",
        "the same length",
        needs="polars",
    ),
]

UNSEEN = [
    Failing(
        "import os\nos.makedirs('wd', exist_ok=True)\nimport subprocess\n"
        "subprocess.run(['ls'], cwd='/no/such/folder')",
        "Check the folder `/no",
    ),
    Failing("import subprocess\nsubprocess.run(['ffmpegg', '-i'])", "the program `ffmpegg`"),
    Failing(
        "import subprocess\nopen('s.sh', 'w').close()\nsubprocess.run(['./s.sh'])",
        "Make it executable: `chmod +x ./s.sh`.",
        "was to be run",
    ),
    Failing("async def f(): ...\nrows = f()\nrows + 1", "Wait for it: `await rows`."),
    Failing(
        "class Order:\n    def __init__(self, **given): ...\nOrder(1, 2)",
        "Call `Order` without arguments, or name them: `name=value`.",
    ),
    Failing(
        "import pickle\ndef f():\n    class Inner: ...\n    return Inner()\npickle.dumps(f())",
        "Define `Inner` at the top level and not within a function.",
    ),
    Failing(
        "import pickle\nheld = b'c__main__\\nGone\\n.'\npickle.loads(held)",
        "Define or import `Gone` before you load it.",
    ),
    Failing(
        "import sys, pathlib\nsys.path.insert(0, '.')\n"
        "pathlib.Path('ring_a.py').write_text('from ring_b import g')\n"
        "pathlib.Path('ring_b.py').write_text('from ring_a import f')\nimport ring_a",
        "import within the function that needs it",
        "still being imported",
    ),
    Failing(
        NUMPY + "def subplots(*a): return None, np.empty((2, 2), dtype=object)\n"
        "fig, axes = subplots(2, 2)\naxes.plot([1, 2])",
        "Take one of the axes first: `axes.flat[0].plot(…)`.",
        needs="numpy",
    ),
    Failing(NUMPY + "axes = np.zeros(3)\naxes.plot([1])", "Use `plt.plot(array)`", needs="numpy"),
    Failing(
        TORCH
        + "from torch import nn\nnet = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Linear(2704, 10))\n"
        "net(torch.zeros(2, 1, 28, 28))",
        "`nn.Flatten()`",
        "2,704 features",
        needs="torch",
    ),
    Failing(
        TORCH + "from torch import nn\nnn.Linear(8, 2)(torch.zeros(3, 4))",
        "make it with `in_features=4`",
        needs="torch",
    ),
    Failing(
        SKLEARN + "from sklearn.model_selection import GridSearchCV\n"
        "GridSearchCV(LinearRegression(), {}).best_params_",
        None,
        needs="sklearn",
    ),
    Failing("import json\njson.loads('[' * 100_000)", None),
]
"""What was said wrongly, or unclearly, of cells never seen before."""

ALL = [*NAMES, *ATTRIBUTES, *KEYS, *SHAPES, *VALUES, *CALLS, *OUTSIDE, *TENSORS, *UNSEEN]

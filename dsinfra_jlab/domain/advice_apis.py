"""What libraries have removed or renamed, and what replaces it; data, and the rule for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from .advice_case import Case, text
from .occurrences import Advice

_MODULE_ATTRIBUTE = re.compile(r"module '([\w.]+)' has no attribute '(\w+)'")
_OBJECT_ATTRIBUTE = re.compile(r"'([\w.]+)' object has no attribute '(\w+)'")
_UNEXPECTED = re.compile(r"(?:(?:(\w+)\.)?(\w+)\(\) |^)got an unexpected keyword argument '(\w+)'")
_IMPORT = re.compile(r"cannot import name '(\w+)' from '([\w.]+)'")

_IN_MODULES: Mapping[str, Mapping[str, str]] = {
    "numpy": {
        "float": "float",
        "int": "int",
        "bool": "bool",
        "object": "object",
        "str": "str",
        "complex": "complex",
        "long": "int",
        "unicode": "str",
        "float_": "np.float64",
        "complex_": "np.complex128",
        "string_": "np.bytes_",
        "unicode_": "np.str_",
        "NaN": "np.nan",
        "NAN": "np.nan",
        "Inf": "np.inf",
        "Infinity": "np.inf",
        "infty": "np.inf",
        "NINF": "-np.inf",
        "PINF": "np.inf",
        "product": "np.prod",
        "cumproduct": "np.cumprod",
        "sometrue": "np.any",
        "alltrue": "np.all",
        "round_": "np.round",
        "row_stack": "np.vstack",
        "trapz": "np.trapezoid",
        "in1d": "np.isin",
        "asfarray": "np.asarray(…, dtype=float)",
        "find_common_type": "np.result_type",
        "cast": "np.asarray(…).astype",
        "mat": "np.asmatrix",
        "msort": "np.sort(…, axis=0)",
        "asscalar": "….item()",
        "rank": "np.ndim",
    },
    "pandas": {
        "datetime": "datetime.datetime",
        "np": "numpy itself",
        "Int64Index": "pd.Index(…, dtype='int64')",
        "Float64Index": "pd.Index(…, dtype='float64')",
        "UInt64Index": "pd.Index(…, dtype='uint64')",
        "Panel": "a DataFrame with a MultiIndex",
        "rolling_mean": "Series.rolling(…).mean()",
        "rolling_std": "Series.rolling(…).std()",
        "scatter_matrix": "pd.plotting.scatter_matrix",
        "TimeGrouper": "pd.Grouper",
        "value_counts": "Series.value_counts()",
    },
    "polars": {
        "count": "pl.len()",
        "apply": "pl.map_groups",
        "Utf8": "pl.String",
        "toggle_string_cache": "pl.enable_string_cache",
    },
    "tensorflow": {
        "Session": "eager execution, or tf.compat.v1.Session",
        "placeholder": "function arguments, or tf.compat.v1.placeholder",
        "global_variables_initializer": "nothing: variables of TensorFlow 2 are ready at once",
        "get_default_graph": "tf.compat.v1.get_default_graph",
        "reset_default_graph": "tf.compat.v1.reset_default_graph",
        "set_random_seed": "tf.random.set_seed",
        "ConfigProto": "tf.compat.v1.ConfigProto",
        "log": "tf.math.log",
        "contrib": "what TensorFlow 2 has itself",
        "truncated_normal": "tf.random.truncated_normal",
        "random_normal": "tf.random.normal",
    },
    "networkx": {
        "from_numpy_matrix": "nx.from_numpy_array",
        "to_numpy_matrix": "nx.to_numpy_array",
        "info": "print(graph)",
        "connected_component_subgraphs": "nx.connected_components and graph.subgraph",
        "write_gpickle": "pickle.dump",
        "read_gpickle": "pickle.load",
    },
    "PIL.Image": {
        "ANTIALIAS": "Image.LANCZOS",
        "LINEAR": "Image.BILINEAR",
        "CUBIC": "Image.BICUBIC",
    },
    "collections": {
        each: f"collections.abc.{each}"
        for each in (
            "Mapping",
            "MutableMapping",
            "Iterable",
            "Sequence",
            "Callable",
            "Hashable",
            "Set",
        )
    },
    "time": {"clock": "time.perf_counter()"},
    "inspect": {"getargspec": "inspect.getfullargspec"},
    "string": {"letters": "string.ascii_letters", "maketrans": "str.maketrans"},
    "itertools": {"izip": "zip", "imap": "map", "ifilter": "filter", "izip_longest": "zip_longest"},
    "os": {"getcwdu": "os.getcwd", "errno": "the module errno"},
    "sys": {"maxint": "sys.maxsize", "setdefaultencoding": "nothing: Python 3 reads UTF-8"},
    "matplotlib.cm": {
        "get_cmap": "matplotlib.colormaps[…]",
        "register_cmap": "matplotlib.colormaps.register",
    },
    "matplotlib.pyplot": {"hold": "nothing: plots are always added"},
    "scipy": {
        each: f"numpy.{each}"
        for each in ("array", "zeros", "ones", "mean", "dot", "pi", "log", "exp")
    },
    "scipy.integrate": {"simps": "scipy.integrate.simpson", "trapz": "scipy.integrate.trapezoid"},
    "scipy.misc": {
        "imread": "imageio.v3.imread",
        "imresize": "PIL.Image.resize",
        "imsave": "imageio.v3.imwrite",
        "comb": "scipy.special.comb",
        "factorial": "scipy.special.factorial",
        "logsumexp": "scipy.special.logsumexp",
        "derivative": "scipy.differentiate.derivative",
    },
    "scipy.stats": {
        "binom_test": "scipy.stats.binomtest",
        "median_absolute_deviation": "median_abs_deviation",
    },
    "sklearn.datasets": {
        "load_boston": "fetch_california_housing, or fetch_openml",
        "fetch_mldata": "fetch_openml",
        "samples_generator": "the functions in sklearn.datasets itself",
    },
    "sklearn.preprocessing": {
        "Imputer": "sklearn.impute.SimpleImputer",
        "CategoricalEncoder": "OneHotEncoder",
    },
    "sklearn.metrics": {
        "plot_confusion_matrix": "ConfusionMatrixDisplay.from_estimator",
        "plot_roc_curve": "RocCurveDisplay.from_estimator",
        "plot_precision_recall_curve": "PrecisionRecallDisplay.from_estimator",
        "jaccard_similarity_score": "jaccard_score",
        "calinski_harabaz_score": "calinski_harabasz_score",
        "SCORERS": "get_scorer_names",
    },
    "sklearn.ensemble.partial_dependence": {"plot_partial_dependence": "PartialDependenceDisplay"},
    "sklearn.inspection": {"plot_partial_dependence": "PartialDependenceDisplay.from_estimator"},
    "sklearn.mixture": {"GMM": "GaussianMixture", "VBGMM": "BayesianGaussianMixture"},
    "sklearn.decomposition": {"RandomizedPCA": "PCA(svd_solver='randomized')"},
    "sklearn.externals": {"joblib": "import joblib"},
    "jinja2": {"Markup": "markupsafe.Markup", "escape": "markupsafe.escape"},
    "flask": {"escape": "markupsafe.escape", "Markup": "markupsafe.Markup"},
    "pandas.io.json": {"json_normalize": "pd.json_normalize"},
    "pandas.core": {"datetools": "pd.offsets"},
    "gensim.models.wrappers": {"LdaMallet": "gensim 3, which had it"},
    "transformers": {"AdamW": "torch.optim.AdamW"},
    "IPython.core.display": {"display": "IPython.display.display", "HTML": "IPython.display.HTML"},
}
"""By module, what it no longer has, and what to write instead."""

_IN_OBJECTS: Mapping[str, Mapping[str, str]] = {
    "pandas.DataFrame": {
        "append": "pd.concat([df, other])",
        "ix": ".loc or .iloc",
        "iteritems": ".items()",
        "as_matrix": ".to_numpy()",
        "get_value": ".at[…]",
        "set_value": ".at[…] = …",
        "sort": ".sort_values(…)",
        "lookup": ".to_numpy() with positions",
        "mad": "(df - df.mean()).abs().mean()",
        "applymap": ".map(…)",
        "swapaxes": ".transpose()",
        "pad": ".ffill()",
        "backfill": ".bfill()",
        "first": ".loc with a date",
        "last": ".loc with a date",
        "slice_shift": ".shift(…)",
        "tshift": ".shift(…, freq=…)",
        "from_csv": "pd.read_csv",
        "to_panel": "a MultiIndex",
        "reindex_axis": ".reindex(…)",
        "with_columns": ".assign(…)",
        "group_by": ".groupby(…)",
        "select": "df[[…]]",
        "withColumn": ".assign(…)",
        "show": ".head()",
        "unique": "df['column'].unique() on one column",
        "reshape": ".to_numpy().reshape(…)",
        "to_frame": "the table itself",
        "tolist": ".to_numpy().tolist()",
    },
    "pandas.Series": {
        "append": "pd.concat([series, other])",
        "ix": ".loc or .iloc",
        "iteritems": ".items()",
        "as_matrix": ".to_numpy()",
        "mad": "(s - s.mean()).abs().mean()",
        "order": ".sort_values()",
        "sort": ".sort_values()",
        "get_value": ".at[…]",
        "is_monotonic": ".is_monotonic_increasing",
        "reshape": ".to_numpy().reshape(…)",
        "applymap": ".map(…)",
        "columns": ".name: a Series is one column",
        "iterrows": ".items()",
        "flatten": ".to_numpy()",
        "contains": ".str.contains(…)",
        "lower": ".str.lower()",
        "upper": ".str.upper()",
        "split": ".str.split(…)",
        "strip": ".str.strip()",
        "startswith": ".str.startswith(…)",
        "endswith": ".str.endswith(…)",
        "strftime": ".dt.strftime(…)",
        "year": ".dt.year",
        "month": ".dt.month",
        "day": ".dt.day",
        "hour": ".dt.hour",
        "weekday": ".dt.weekday",
    },
    "numpy.ndarray": {
        "append": "np.append(array, …), or collect in a list first",
        "iloc": "array[…]: an array has no labels",
        "loc": "array[…]: an array has no labels",
        "columns": "array.shape[1]: an array has no column names",
        "values": "the array itself",
        "head": "array[:5]",
        "describe": "pd.DataFrame(array).describe()",
        "value_counts": "np.unique(array, return_counts=True)",
        "isnull": "np.isnan(array)",
        "isna": "np.isnan(array)",
        "fillna": "np.nan_to_num(array)",
        "to_numpy": "the array itself",
        "unique": "np.unique(array)",
        "apply": "np.vectorize, or an expression on the whole array",
        "drop": "np.delete(array, …)",
        "numpy": "the array itself",
        "lower": "np.char.lower(array)",
        "plot": "plt.plot(array)",
        "index": "np.where(array == …)",
        "unsqueeze": "array[None], or np.expand_dims",
        "detach": "the array itself",
        "cpu": "the array itself",
        "to": "torch.from_numpy(array).to(…)",
    },
    "list": {
        "shape": "len(list), or np.array(list).shape",
        "add": ".append(…)",
        "push": ".append(…)",
        "len": "len(list)",
        "length": "len(list)",
        "size": "len(list)",
        "mean": "np.mean(list)",
        "sum": "sum(list)",
        "max": "max(list)",
        "min": "min(list)",
        "split": "a loop: split is a method of each text",
        "lower": "a loop: lower is a method of each text",
        "strip": "a loop: strip is a method of each text",
        "replace": "a loop: replace is a method of each text",
        "join": "'separator'.join(list)",
        "items": "enumerate(list)",
        "keys": "range(len(list))",
        "values": "the list itself",
        "reshape": "np.array(list).reshape(…)",
        "astype": "np.array(list).astype(…)",
        "tolist": "the list itself",
        "flatten": "np.array(list).ravel()",
        "unique": "set(list)",
        "map": "map(…, list)",
        "filter": "filter(…, list)",
        "has_key": "the word in",
    },
    "dict": {
        "has_key": "key in dict",
        "iteritems": ".items()",
        "itervalues": ".values()",
        "iterkeys": ".keys()",
        "append": "dict[key] = value",
        "add": "dict[key] = value",
        "sort": "sorted(dict.items())",
        "shape": "len(dict)",
    },
    "str": {
        "decode": "the text itself: only bytes are decoded",
        "append": "text + other",
        "contains": "part in text",
        "trim": ".strip()",
        "len": "len(text)",
        "length": "len(text)",
        "reverse": "text[::-1]",
        "sort": "sorted(text)",
        "to_lower": ".lower()",
        "toLowerCase": ".lower()",
        "toUpperCase": ".upper()",
        "tolist": "list(text)",
    },
    "tuple": {
        "append": "a list",
        "shape": "len(tuple)",
        "sort": "sorted(tuple)",
        "items": "enumerate(tuple)",
    },
    "set": {"append": ".add(…)", "sort": "sorted(set)", "extend": ".update(…)", "index": "a list"},
    "bytes": {"encode": "the bytes themselves: only text is encoded", "format": ".decode() first"},
    "float": {"round": "round(number)", "isnan": "math.isnan(number)", "item": "the number itself"},
    "int": {"append": "a list", "item": "the number itself"},
    "generator": {"next": "next(generator)", "append": "list(generator)"},
    "torch.Tensor": {
        "astype": ".to(dtype)",
        "values": "the tensor itself",
        "append": "torch.cat([tensor, other])",
        "copy": ".clone()",
        "iloc": "tensor[…]: a tensor has no labels",
        "concat": "torch.cat",
        "expand_dims": ".unsqueeze(…)",
    },
    "polars.DataFrame": {
        "groupby": ".group_by(…)",
        "with_column": ".with_columns(…)",
        "apply": ".map_rows(…)",
        "melt": ".unpivot(…)",
        "frame_equal": ".equals(…)",
        "iloc": "df[…], or .row(…)",
        "loc": ".filter(…) and .select(…)",
        "merge": ".join(…)",
        "sort_values": ".sort(…)",
        "drop_duplicates": ".unique(…)",
        "fillna": ".fill_null(…)",
        "dropna": ".drop_nulls(…)",
        "isna": ".null_count(), or pl.col(…).is_null()",
        "isnull": ".null_count(), or pl.col(…).is_null()",
        "info": ".schema",
        "index": "row numbers: .with_row_index()",
        "reset_index": "nothing: polars has no index",
        "set_index": "nothing: polars has no index",
        "assign": ".with_columns(…)",
        "values": ".to_numpy()",
        "query": ".filter(…), or .sql(…)",
        "value_counts": "df['column'].value_counts()",
        "with_row_count": ".with_row_index()",
        "astype": ".cast(…)",
        "append": "pl.concat, or .vstack(…)",
        "groupby_dynamic": ".group_by_dynamic(…)",
        "iterrows": ".iter_rows()",
        "to_csv": ".write_csv(…)",
        "to_parquet": ".write_parquet(…)",
    },
    "polars.LazyFrame": {
        "groupby": ".group_by(…)",
        "shape": ".collect().shape",
        "to_pandas": ".collect().to_pandas()",
        "height": ".collect().height",
        "write_csv": ".sink_csv(…)",
        "write_parquet": ".sink_parquet(…)",
        "with_column": ".with_columns(…)",
        "melt": ".unpivot(…)",
    },
    "polars.Series": {
        "apply": ".map_elements(…)",
        "values": ".to_numpy()",
        "isna": ".is_null()",
        "isnull": ".is_null()",
        "fillna": ".fill_null(…)",
        "dropna": ".drop_nulls()",
        "astype": ".cast(…)",
        "cumsum": ".cum_sum()",
        "tolist": ".to_list()",
        "nunique": ".n_unique()",
        "notna": ".is_not_null()",
    },
    "polars.Expr": {
        "apply": ".map_elements(…)",
        "map": ".map_batches(…)",
        "cumsum": ".cum_sum()",
        "isna": ".is_null()",
        "isnull": ".is_null()",
        "fillna": ".fill_null(…)",
        "astype": ".cast(…)",
        "nunique": ".n_unique()",
        "where": ".filter(…)",
        "suffix": ".name.suffix(…)",
        "prefix": ".name.prefix(…)",
        "keep_name": ".name.keep()",
        "isin": ".is_in(…)",
        "arr": ".list",
    },
    "sklearn.TfidfVectorizer": {"get_feature_names": ".get_feature_names_out()"},
    "sklearn.CountVectorizer": {"get_feature_names": ".get_feature_names_out()"},
    "sklearn.OneHotEncoder": {"get_feature_names": ".get_feature_names_out()"},
    "sklearn.ColumnTransformer": {"get_feature_names": ".get_feature_names_out()"},
    "sklearn.PolynomialFeatures": {"get_feature_names": ".get_feature_names_out()"},
}
"""By class, what its objects do not have, and what does the same."""

_PARAMETERS: Mapping[tuple[str, str], str] = {
    ("OneHotEncoder", "sparse"): "sparse_output",
    ("LinearRegression", "normalize"): "a StandardScaler before it",
    ("Ridge", "normalize"): "a StandardScaler before it",
    ("Lasso", "normalize"): "a StandardScaler before it",
    ("AdaBoostClassifier", "base_estimator"): "estimator",
    ("AdaBoostRegressor", "base_estimator"): "estimator",
    ("BaggingClassifier", "base_estimator"): "estimator",
    ("BaggingRegressor", "base_estimator"): "estimator",
    ("GridSearchCV", "iid"): "nothing: it has been removed",
    ("KMeans", "n_jobs"): "nothing: it has been removed",
    ("TSNE", "n_iter"): "max_iter",
    ("mean_squared_error", "squared"): "root_mean_squared_error, another function",
    ("read_csv", "error_bad_lines"): "on_bad_lines='skip'",
    ("read_csv", "warn_bad_lines"): "on_bad_lines='warn'",
    ("read_csv", "squeeze"): ".squeeze('columns') on the result",
    ("read_csv", "prefix"): "names for the columns",
    ("read_csv", "date_parser"): "date_format",
    ("read_csv", "delim_whitespace"): "sep='\\s+'",
    ("read_excel", "sheetname"): "sheet_name",
    ("to_csv", "line_terminator"): "lineterminator",
    ("date_range", "closed"): "inclusive",
    ("between_time", "include_start"): "inclusive",
    ("sum", "level"): "groupby(level=…).sum()",
    ("mean", "level"): "groupby(level=…).mean()",
    ("concat", "join_axes"): "reindex on the result",
    ("fillna", "method"): ".ffill() or .bfill()",
    ("groupby", "axis"): "groupby on the transposed table",
    ("replace", "method"): ".ffill() or .bfill()",
    ("grid", "b"): "visible",
    ("hist", "normed"): "density",
    ("Adam", "lr_decay"): "a learning rate schedule",
    ("SGD", "decay"): "a learning rate schedule",
}
"""By function and parameter that it no longer takes, what to use instead."""


def on_removed_apis(case: Case) -> Iterator[Advice]:
    """Name what replaces what a library no longer has, or never had."""
    if case.ename == "AttributeError":
        yield from _attribute(case)
    elif case.ename == "ImportError":
        match = _IMPORT.search(case.evalue)
        instead = _IN_MODULES.get(match[2], {}).get(match[1]) if match else None
        if match is not None and instead:
            yield _replaced(f"{match[2]}.{match[1]}", instead)
        elif "`load_boston` has been removed" in case.evalue:
            instead = _IN_MODULES["sklearn.datasets"]["load_boston"]
            yield _replaced("sklearn.datasets.load_boston", instead)
    elif case.ename == "TypeError":
        match = _UNEXPECTED.search(case.evalue)
        if match is not None:
            owner = match[1] if match[2] == "__init__" else match[2] or _called(case, match[3])
            instead = _PARAMETERS.get((owner or "", match[3]))
            if instead:
                yield Advice(
                    f"Use `{instead}` instead of `{match[3]}`."
                    if instead.isidentifier()
                    else f"Use {instead} instead of `{match[3]}`.",
                    f"The installed version of `{owner}` takes no argument `{match[3]}`.",
                )


def _called(case: Case, parameter: str) -> str:
    """Return the function of the table that the statement calls with a parameter."""
    if not re.search(rf"\b{parameter}\s*=", case.statement):
        return ""
    known = {function for function, name in _PARAMETERS if name == parameter}
    found = [each for each in known if re.search(rf"\b{each}\(", case.statement)]
    return found[0] if len(found) == 1 else ""


def _attribute(case: Case) -> Iterator[Advice]:
    match = _MODULE_ATTRIBUTE.search(case.evalue)
    if match is not None:
        instead = _IN_MODULES.get(match[1], {}).get(match[2])
        if instead:
            yield _replaced(f"{match[1]}.{match[2]}", instead)
        return
    match = _OBJECT_ATTRIBUTE.search(case.evalue)
    if match is None:
        return
    instead = _IN_OBJECTS.get(_owner(case, match[1]), {}).get(match[2])
    if instead:
        article = "an" if match[1][:1].lower() in "aeiou" else "a"
        yield Advice(
            f"Use {_code(instead)} instead of `.{match[2]}`.",
            f"{article.capitalize()} `{match[1]}` has no `{match[2]}` in the installed version.",
        )


def _owner(case: Case, name: str) -> str:
    """Return the class of the object with its library, as far as that is certain."""
    owner = text(case.fact("missing_attribute"), "owner")
    if owner:
        return owner
    name = name.rpartition(".")[2] if name not in _IN_OBJECTS else name
    if name in _IN_OBJECTS:
        return name
    found = {each.partition(".")[0] for each in _IN_OBJECTS if each.endswith(f".{name}")}
    seen = found & case.libraries
    return f"{seen.pop()}.{name}" if len(seen) == 1 else ""


def _replaced(name: str, instead: str) -> Advice:
    return Advice(
        f"Use {_code(instead)} instead of `{name}`.",
        f"The installed version has no `{name}`.",
    )


def _code(instead: str) -> str:
    """Return a replacement as code, unless it is prose."""
    is_prose = re.search(r"\b(or|and|the|a|itself|nothing|what|with|on|one)\b", instead)
    return instead if is_prose else f"`{instead}`"

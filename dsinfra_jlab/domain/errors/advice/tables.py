"""What names usually stand for; data."""

from __future__ import annotations

from collections.abc import Mapping

WORDS_OF_OTHER_LANGUAGES: Mapping[str, str] = {
    "true": "True",
    "TRUE": "True",
    "false": "False",
    "FALSE": "False",
    "null": "None",
    "NULL": "None",
    "nil": "None",
    "none": "None",
    "undefined": "None",
}

PYTHON_2_NAMES: Mapping[str, str] = {
    "basestring": "`str`",
    "cmp": "a key function",
    "execfile": "`%run`",
    "long": "`int`",
    "raw_input": "`input`",
    "reduce": "`functools.reduce`",
    "reload": "`importlib.reload`",
    "unichr": "`chr`",
    "unicode": "`str`",
    "xrange": "`range`",
}

_THEMSELVES = """
argparse asyncio base64 collections copy csv functools gc glob gzip hashlib importlib inspect io
itertools joblib json logging math multiprocessing numpy os pandas pathlib pickle platform polars
random re requests scipy shutil sklearn socket sqlite3 statistics string subprocess sys tempfile
threading time torch torchvision traceback typing urllib uuid warnings xgboost zipfile
"""
"""Modules that are imported under their own name."""

USUAL_IMPORTS: Mapping[str, str] = {
    "np": "import numpy as np",
    "pd": "import pandas as pd",
    "pl": "import polars as pl",
    "pa": "import pyarrow as pa",
    "plt": "import matplotlib.pyplot as plt",
    "mpl": "import matplotlib as mpl",
    "sns": "import seaborn as sns",
    "px": "import plotly.express as px",
    "go": "import plotly.graph_objects as go",
    "alt": "import altair as alt",
    "tf": "import tensorflow as tf",
    "nn": "from torch import nn",
    "F": "import torch.nn.functional as F",
    "jnp": "import jax.numpy as jnp",
    "nx": "import networkx as nx",
    "sm": "import statsmodels.api as sm",
    "smf": "import statsmodels.formula.api as smf",
    "xgb": "import xgboost as xgb",
    "lgb": "import lightgbm as lgb",
    "sk": "import sklearn as sk",
    "sp": "import scipy as sp",
    "gpd": "import geopandas as gpd",
    "xr": "import xarray as xr",
    "dd": "import dask.dataframe as dd",
    "da": "import dask.array as da",
    "cv2": "import cv2",
    "mlflow": "import mlflow",
    "BeautifulSoup": "from bs4 import BeautifulSoup",
    "Counter": "from collections import Counter",
    "DataFrame": "from pandas import DataFrame",
    "DataLoader": "from torch.utils.data import DataLoader",
    "Decimal": "from decimal import Decimal",
    "GridSearchCV": "from sklearn.model_selection import GridSearchCV",
    "KMeans": "from sklearn.cluster import KMeans",
    "LinearRegression": "from sklearn.linear_model import LinearRegression",
    "LogisticRegression": "from sklearn.linear_model import LogisticRegression",
    "OneHotEncoder": "from sklearn.preprocessing import OneHotEncoder",
    "PCA": "from sklearn.decomposition import PCA",
    "Path": "from pathlib import Path",
    "Pipeline": "from sklearn.pipeline import Pipeline",
    "RandomForestClassifier": "from sklearn.ensemble import RandomForestClassifier",
    "RandomForestRegressor": "from sklearn.ensemble import RandomForestRegressor",
    "StandardScaler": "from sklearn.preprocessing import StandardScaler",
    "ThreadPoolExecutor": "from concurrent.futures import ThreadPoolExecutor",
    "accuracy_score": "from sklearn.metrics import accuracy_score",
    "classification_report": "from sklearn.metrics import classification_report",
    "confusion_matrix": "from sklearn.metrics import confusion_matrix",
    "create_engine": "from sqlalchemy import create_engine",
    "cross_val_score": "from sklearn.model_selection import cross_val_score",
    "dataclass": "from dataclasses import dataclass",
    "datetime": "from datetime import datetime",
    "deepcopy": "from copy import deepcopy",
    "defaultdict": "from collections import defaultdict",
    "display": "from IPython.display import display",
    "make_pipeline": "from sklearn.pipeline import make_pipeline",
    "mean_squared_error": "from sklearn.metrics import mean_squared_error",
    "namedtuple": "from collections import namedtuple",
    "partial": "from functools import partial",
    "pprint": "from pprint import pprint",
    "roc_auc_score": "from sklearn.metrics import roc_auc_score",
    "r2_score": "from sklearn.metrics import r2_score",
    "timedelta": "from datetime import timedelta",
    "tqdm": "from tqdm.auto import tqdm",
    "train_test_split": "from sklearn.model_selection import train_test_split",
    **{module: f"import {module}" for module in _THEMSELVES.split()},
}
"""By name, the import that it usually comes from."""

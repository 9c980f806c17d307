"""Under which names modules are installed where the two differ, and what became of others; data."""

from __future__ import annotations

from collections.abc import Mapping

PACKAGE_OF: Mapping[str, str] = {
    "Bio": "biopython",
    "Crypto": "pycryptodome",
    "Cython": "cython",
    "IPython": "ipython",
    "MySQLdb": "mysqlclient",
    "OpenSSL": "pyOpenSSL",
    "PIL": "pillow",
    "Xlib": "python-xlib",
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "chess": "python-chess",
    "community": "python-louvain",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "discord": "discord.py",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "faiss": "faiss-cpu",
    "fitz": "pymupdf",
    "git": "GitPython",
    "github": "PyGithub",
    "gnupg": "python-gnupg",
    "googleapiclient": "google-api-python-client",
    "hydra": "hydra-core",
    "imblearn": "imbalanced-learn",
    "jose": "python-jose",
    "jwt": "PyJWT",
    "kafka": "kafka-python",
    "ldap": "python-ldap",
    "llama_index": "llama-index",
    "magic": "python-magic",
    "matplotlib_venn": "matplotlib-venn",
    "memory_profiler": "memory-profiler",
    "mpl_toolkits": "matplotlib",
    "multipart": "python-multipart",
    "mysql": "mysql-connector-python",
    "nacl": "PyNaCl",
    "odf": "odfpy",
    "osgeo": "gdal",
    "pkg_resources": "setuptools",
    "pptx": "python-pptx",
    "psycopg2": "psycopg2-binary",
    "pytorch_lightning": "pytorch-lightning",
    "pywt": "PyWavelets",
    "ruamel": "ruamel.yaml",
    "scikitplot": "scikit-plot",
    "segment_anything": "segment-anything",
    "sentence_transformers": "sentence-transformers",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "skopt": "scikit-optimize",
    "sksurv": "scikit-survival",
    "slugify": "python-slugify",
    "snowflake": "snowflake-connector-python",
    "socks": "PySocks",
    "talib": "TA-Lib",
    "telegram": "python-telegram-bot",
    "tensorflow_datasets": "tensorflow-datasets",
    "tensorflow_hub": "tensorflow-hub",
    "tensorflow_probability": "tensorflow-probability",
    "typing_extensions": "typing-extensions",
    "umap": "umap-learn",
    "usb": "pyusb",
    "wx": "wxPython",
    "yaml": "PyYAML",
    "zmq": "pyzmq",
}
"""By module, the package to install."""

_SAME = """
PyPDF2 PyQt5 accelerate aiohttp albumentations altair anndata asyncpg bokeh boto3 catboost cupy
cvxpy cython dash dask datasets deap diffusers distributed duckdb evaluate fastai fastapi
fastparquet flask folium gensim geopandas gradio graphviz h5py httpx hvplot igraph ipywidgets jax
joblib kaggle keras langchain lightgbm lightning line_profiler lxml matplotlib memray missingno
mlflow modin nbformat networkx nltk numba numexpr numpy openai openpyxl optuna pandas panel patsy
peft pendulum pingouin plotly plotnine polars prophet psutil psycopg pyarrow pycaret pydantic pydot
pyinstrument pymc pymongo pymysql pyodbc pyproj pyspark pytest ray redis requests rich scanpy scipy
seaborn selenium setuptools shap shapely snakeviz spacy spotipy sqlalchemy statsmodels streamlit
sympy tables tabulate tensorboard tensorflow textblob theano timm tokenizers torch torchaudio
torchmetrics torchtext torchvision tqdm transformers ujson uvicorn vaex wandb wordcloud xarray
xgboost xlrd xlsxwriter yfinance zarr
"""
"""Modules that are installed under their own name."""

_SAME_SET = frozenset(_SAME.split())

MODULE_OF: Mapping[str, str] = {
    "beautifulsoup": "bs4",
    "beautifulsoup4": "bs4",
    "biopython": "Bio",
    "imbalanced_learn": "imblearn",
    "opencv": "cv2",
    "opencv_python": "cv2",
    "pillow": "PIL",
    "pytorch": "torch",
    "pyyaml": "yaml",
    "python_dateutil": "dateutil",
    "python_docx": "docx",
    "python_dotenv": "dotenv",
    "scikit_image": "skimage",
    "scikit_learn": "sklearn",
    "umap_learn": "umap",
}
"""By the name of a package, the module in it that has another name."""

GONE: Mapping[str, str] = {
    "ConfigParser": "`configparser`",
    "Queue": "`queue`",
    "StringIO": "`from io import StringIO`",
    "Tkinter": "`tkinter`",
    "__builtin__": "`builtins`",
    "asynchat": "`asyncio`",
    "asyncore": "`asyncio`",
    "cPickle": "`pickle`",
    "cStringIO": "`from io import StringIO`",
    "cgi": "`urllib.parse` or the package `legacy-cgi`",
    "distutils": "the package `setuptools`, which brings it,",
    "httplib": "`http.client`",
    "imghdr": "the package `filetype`",
    "imp": "`importlib`",
    "keras.layers.core": "`keras.layers`",
    "keras.layers.merge": "`keras.layers`",
    "keras.layers.normalization": "`keras.layers`",
    "keras.preprocessing.text": "`keras.layers.TextVectorization`",
    "keras.utils.np_utils": "`keras.utils.to_categorical`",
    "keras.wrappers.scikit_learn": "the package `scikeras`",
    "pandas.io.json.json_normalize": "`pandas.json_normalize`",
    "pandas.util.testing": "`pandas.testing`",
    "pandas_profiling": "the package `ydata-profiling`",
    "scipy.misc": "`imageio` for images or `scipy.datasets` for data",
    "sklearn.cross_validation": "`sklearn.model_selection`",
    "sklearn.externals": "`import joblib`",
    "sklearn.externals.joblib": "`import joblib`",
    "sklearn.grid_search": "`sklearn.model_selection`",
    "sklearn.learning_curve": "`sklearn.model_selection`",
    "sklearn.preprocessing.imputation": "`sklearn.impute`",
    "telnetlib": "the package `telnetlib3`",
    "tensorflow.examples": "`tensorflow_datasets`",
    "urllib2": "`urllib.request`",
    "urlparse": "`urllib.parse`",
}
"""By module that no longer exists, what to use instead."""


def package_of(module: str) -> str:
    """Return the package that brings a module, empty if that is not known for certain."""
    parts = module.split(".")
    if parts[:2] == ["google", "cloud"] and len(parts) > 2:
        return f"google-cloud-{parts[2].replace('_', '-')}"
    return PACKAGE_OF.get(parts[0], "") or (parts[0] if parts[0] in _SAME_SET else "")

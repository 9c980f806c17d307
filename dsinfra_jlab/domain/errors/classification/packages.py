"""What a class of a package, a package alone and the wording of a class name say: data, no code."""

from __future__ import annotations

from ...word_lists import words
from ..occurrences import Category

C = Category

QUALIFIED: dict[str, Category] = {
    # One name, another meaning: root package and class.
    "asyncio.TimeoutError": C.interrupt,
    "pandas.DataError": C.type,
    "pandas.DatabaseError": C.database,
    "sqlalchemy.ArgumentError": C.value,
    "sqlalchemy.InvalidRequestError": C.database,
    "sqlalchemy.TimeoutError": C.database,
    "sqlalchemy.CompileError": C.database,
    "sqlalchemy.DataError": C.database,
    "psycopg.DataError": C.database,
    "psycopg2.DataError": C.database,
    "pymysql.DataError": C.database,
    "MySQLdb.DataError": C.database,
    "sqlite3.DataError": C.database,
    "pyodbc.DataError": C.database,
    "sqlite3.Error": C.database,
    "psycopg.Error": C.database,
    "psycopg2.Error": C.database,
    "pyodbc.Error": C.database,
    "duckdb.Error": C.database,
    "snowflake.Error": C.database,
    "duckdb.SyntaxException": C.database,
    "duckdb.InvalidInputException": C.database,
    "duckdb.ConnectionException": C.database,
    "duckdb.OutOfRangeException": C.value,
    "duckdb.PermissionException": C.permission,
    "duckdb.HTTPException": C.network,
    "duckdb.TypeMismatchException": C.type,
    "polars.SchemaError": C.type,
    "polars.ColumnNotFoundError": C.lookup,
    "polars.PanicException": C.logic,
    "pyo3_runtime.PanicException": C.logic,
    "polars.SQLSyntaxError": C.database,
    "polars.SQLInterfaceError": C.database,
    "polars.StringCacheMismatchError": C.logic,
    "pandera.SchemaError": C.value,
    "jsonschema.SchemaError": C.value,
    "jsonschema.RefResolutionError": C.lookup,
    "dateutil.ParserError": C.value,
    "yaml.ParserError": C.value,
    "configparser.Error": C.file_io,
    "csv.Error": C.file_io,
    "_csv.Error": C.file_io,
    "zlib.error": C.file_io,
    "shutil.Error": C.file_io,
    "binascii.Error": C.value,
    "struct.error": C.value,
    "re.error": C.value,
    "cv2.error": C.value,
    "locale.Error": C.import_env,
    "socket.error": C.network,
    "select.error": C.network,
    "wandb.UsageError": C.permission,
    "wandb.Error": C.network,
    "httpx.ReadError": C.network,
    "httpcore.ReadError": C.network,
    "tensorflow.InternalError": C.device,
    "tensorflow.UnknownError": C.device,
    "tensorflow.NotFoundError": C.file_io,
    "tensorflow.AbortedError": C.logic,
    "tensorflow.PermissionDeniedError": C.permission,
    "tensorflow.DeadlineExceededError": C.network,
    "openai.NotFoundError": C.network,
    "anthropic.NotFoundError": C.network,
    "elasticsearch.NotFoundError": C.database,
    "google.NotFound": C.network,
    "google.BadRequest": C.value,
    "google.ResourceExhausted": C.permission,
    "botocore.ClientError": C.network,
    "botocore.ValidationError": C.value,
    "pymongo.WriteError": C.database,
    "pymongo.ConfigurationError": C.value,
    "redis.ResponseError": C.database,
    "redis.DataError": C.type,
    "redis.TimeoutError": C.network,
    "requests.Timeout": C.network,
    "requests.JSONDecodeError": C.value,
    "dask.TimeoutError": C.network,
    "distributed.TimeoutError": C.network,
    "distributed.ClosedClientError": C.logic,
    "_pytest.Failed": C.logic,
    "_pytest.Skipped": C.interrupt,
    "_pytest.Exit": C.interrupt,
    "bs4.FeatureNotFound": C.import_env,
    "lxml.XPathEvalError": C.value,
    "lxml.XPathSyntaxError": C.value,
    "pydantic.PydanticSchemaGenerationError": C.type,
    "pydantic_core.PydanticSchemaGenerationError": C.type,
    "ray.GetTimeoutError": C.interrupt,
    "ray.TaskCancelledError": C.interrupt,
    "ray.ObjectStoreFullError": C.memory,
    "ray.OutOfMemoryError": C.memory,
    "playwright.TimeoutError": C.network,
    "playwright.Error": C.network,
    "zmq.ZMQError": C.network,
    "networkx.NetworkXError": C.lookup,
    "patsy.PatsyError": C.value,
    "jinja2.UndefinedError": C.name,
    "pip.InstallationError": C.import_env,
    "astropy.UnitConversionError": C.type,
    "pint.DimensionalityError": C.type,
    "pint.UndefinedUnitError": C.lookup,
    "numba.NumbaValueError": C.value,
    "multiprocessing.TimeoutError": C.interrupt,
    "multiprocessing.ProcessError": C.logic,
    "multiprocessing.AuthenticationError": C.permission,
    "multiprocessing.MaybeEncodingError": C.type,
    "java.OutOfMemoryError": C.memory,
    "java.TimeoutException": C.interrupt,
    "org.AnalysisException": C.value,
    "pyspark.AnalysisException": C.value,
    "pyspark.IllegalArgumentException": C.value,
    "pyspark.ArithmeticException": C.numerical,
    "pyspark.DateTimeException": C.value,
    "pyspark.NumberFormatException": C.value,
    "pyspark.ArrayIndexOutOfBoundsException": C.lookup,
    "optuna.TrialPruned": C.interrupt,
    "click.Exit": C.interrupt,
    "click.UsageError": C.value,
    "click.BadParameter": C.value,
    "argparse.ArgumentError": C.value,
    "ctypes.ArgumentError": C.type,
    "getopt.GetoptError": C.value,
    "pyparsing.ParseException": C.value,
}

PACKAGES: dict[str, Category] = {
    **dict.fromkeys(
        words("""
        requests urllib3 httpx httpcore aiohttp urllib http socket ssl websockets websocket
        botocore boto3 s3transfer smtplib ftplib imaplib poplib paramiko fabric grpc google azure
        huggingface_hub openai anthropic cohere mistralai selenium playwright kaggle
        pytube yt_dlp tweepy praw slack_sdk gspread twilio stripe github fsspec s3fs gcsfs adlfs
        yfinance pandas_datareader simple_salesforce zmq tornado
        """),
        C.network,
    ),
    **dict.fromkeys(
        words("""
        sqlalchemy psycopg psycopg2 psycopg_pool asyncpg pymysql MySQLdb mysql sqlite3 _sqlite3
        pyodbc pymssql cx_Oracle oracledb duckdb snowflake pandas_gbq trino prestodb pyhive
        clickhouse_driver clickhouse_connect redshift_connector databricks teradatasql ibm_db
        pymongo motor redis elasticsearch opensearchpy cassandra neo4j peewee alembic aiosqlite
        asyncmy ibis sqlglot sqlmodel django pandasql sql vertica_python impala
        """),
        C.database,
    ),
    **dict.fromkeys(
        words("""
        PIL h5py tables zipfile tarfile gzip bz2 lzma zlib pickle _pickle openpyxl xlrd
        pyxlsb xlsxwriter fastparquet netCDF4 rasterio fiona pyogrio soundfile audioread pydub
        imageio tifffile pydicom nibabel PyPDF2 pypdf pdfplumber docx pptx csv _csv configparser
        safetensors zarr lzma skvideo
        """),
        C.file_io,
    ),
    **dict.fromkeys(
        words("""
        json yaml tomllib tomli toml xml lxml pydantic pydantic_core jsonschema pandera cerberus
        marshmallow attrs cattrs msgspec voluptuous dateutil pytz re struct binascii xgboost
        lightgbm catboost pyarrow polars statsmodels patsy cv2 decimal arch prophet sympy plotly
        bokeh altair traitlets omegaconf hydra great_expectations
        """),
        C.value,
    ),
    **dict.fromkeys(
        words("pkg_resources importlib pip setuptools conda nltk gym gymnasium"), C.import_env
    ),
    **dict.fromkeys(words("cupy numba.cuda rmm cudf cuml pynvml pycuda pyopencl nvidia"), C.device),
    **dict.fromkeys(words("asyncio concurrent threading queue sklearn"), C.logic),
    **dict.fromkeys(words("joblib loky ray distributed"), C.kernel_crash),
}
"""Root package of a class, or of the code that raised it, where the class says nothing: only
packages whose own errors are nearly all of one category."""

NAME_PATTERNS: tuple[tuple[Category, str], ...] = (
    (C.memory, r"OutOfMemory|OOM(?:Error|Exception)|MemoryError$|MemoryLimit"),
    (C.device, r"(?i:cuda|cudnn|cublas|nccl|nvml|opencl)|G(?:PU|pu)\w*(?:Error|Exception)"),
    (
        C.kernel_crash,
        r"(?:Worker|Process|Kernel|Executor|Actor|Node)\w*(?:Died|Dead|Killed|Lost|Crash"
        r"|Terminated)"
        r"|(?:Dead|Killed|Lost|Broken|Terminated)(?:Worker|Process|Kernel|Executor|Actor|Pool)",
    ),
    (
        C.permission,
        r"Auth(?:entication|orization|N|Z)?(?:Error|Exception|Fail|Required|Denied)|Credential"
        r"|AccessDenied|PermissionDenied|PermissionError|Forbidden|Unauthori[sz]ed|Unauthenticated"
        r"|RateLimit|TooManyRequests|QuotaExceeded|Throttl|ApiKey|APIKey|Token(?:Missing"
        r"|Expired)|Gated"
        r"|LoginError|NotLoggedIn|ExpiredToken",
    ),
    (
        C.import_env,
        r"Dependency|NotInstalled|MissingPackage|ImportError|ModuleNotFound|Deprecat"
        r"|VersionMismatch|IncompatibleVersion|RemovedIn",
    ),
    (C.interrupt, r"Cancell?ed|Interrupt(?:ed)?(?:Error|Exception)?$|Aborted$"),
    (
        C.network,
        r"Connect(?:ion|or|Error|Timeout)|Network(?!X)|Proxy|SSL|DNS|Socket|HTTP|Http|TimedOut"
        r"|Timeout"
        r"|URLError|Unreachable|Unavailable|Disconnected|Endpoint|Gateway|Transport|Download"
        r"|RequestError|ServerError|APIError|ApiError",
    ),
    (C.logic, r"NotFitted|NotImplemented|Recursion|IllegalState|InvalidState|AlreadyRunning"),
    (
        C.numerical,
        r"Converge|Singular|NonInvertible|LinAlg|PositiveDefinite|Overflow|Underflow|ZeroDivi|DivideBy|NonFinite"
        r"|Arithmetic|Numerical",
    ),
    (
        C.shape,
        r"Shape(?:Error|Mismatch)|Dimension\w*(?:Error|Mismatch|Exception)|(?:Size|Length"
        r"|Rank)Mismatch",
    ),
    (
        C.lookup,
        r"(?:Column|Key|Index|Field|Feature|Label|Element|Item|Node|Entry|Option"
        r"|Variable)\w*NotFound"
        r"|OutOfBounds|OutOfRange|NoSuch(?:Element|Key|Column|Field|Option)|Missing(?:Column"
        r"|Key|Field)"
        r"|KeyError$|IndexError$|LookupError$|DoesNotExist$",
    ),
    (
        C.database,
        r"Database|SQL|Sql|IntegrityError|OperationalError|ProgrammingError|Transaction|QueryError"
        r"|QueryException|TableNotFound|Duplicate(?:Key|Table)",
    ),
    (
        C.file_io,
        r"(?:File|Path|Directory|Archive|Image|Zip|Tar|Pickl|Pdf|PDF|Excel|Parquet|Audio|Disk"
        r"|Storage)"
        r"\w*(?:Error|Exception|NotFound|Exists|Warning)$|IOError$|IOException$|EOFError$|OSError$",
    ),
    (C.type, r"TypeError$|TypeMismatch|Type(?:Check|Inference)|DType"),
    (C.attribute, r"AttributeError$|NoSuchMethod"),
    (C.name, r"NameError$|Undefined(?:Var|Name|Symbol)|Unresolved"),
    (
        C.value,
        r"Pars(?:e|er|ing)|Decod|Encod|Format|Conver(?:t|sion)|Validat|Invalid|Schema|ValueError$"
        r"|Argument|Parameter|Config|Malformed|Bad(?:Request|Input|Data|Value)|Illegal"
        r"|Constraint|Unit",
    ),
    (C.logic, r"Unsupported|NotSupported|StateError|AssertionError$|UsageError$"),
)
"""For class names that no list has; the first that is found counts."""

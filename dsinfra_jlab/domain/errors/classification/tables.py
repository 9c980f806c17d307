"""What class names and base classes say of an error: data, no code.

Class names stand without module, several categories' worth of libraries in each list. A name that
means different things in different packages stands in ``packages``, which is looked at
first.
"""

from __future__ import annotations

from ...word_lists import words
from ..occurrences import Category, Nature, Severity

C = Category

NATURE: dict[Category, Nature | None] = {
    C.syntax: Nature.syntax,
    C.name: Nature.logic,
    C.attribute: Nature.logic,
    C.type: Nature.logic,
    C.logic: Nature.logic,
    C.value: Nature.data,
    C.shape: Nature.data,
    C.lookup: Nature.data,
    C.numerical: Nature.data,
    C.file_io: Nature.runtime,
    C.import_env: Nature.runtime,
    C.memory: Nature.runtime,
    C.device: Nature.runtime,
    C.network: Nature.runtime,
    C.permission: Nature.runtime,
    C.database: Nature.runtime,
    C.interrupt: Nature.runtime,
    C.kernel_crash: Nature.runtime,
    C.unknown: None,
}

SEVERITY: dict[Category, Severity] = {
    **dict.fromkeys(Category, Severity.error),
    C.syntax: Severity.warning,
    C.memory: Severity.critical,
    C.kernel_crash: Severity.critical,
    C.interrupt: Severity.info,
}
"""By impact: what the user loses."""

FIRM = frozenset(
    words("""
    NameError UnboundLocalError UndefVarError ReferenceError
    SyntaxError IndentationError TabError
    KeyError ColumnNotFoundError NodeNotFound
    FileNotFoundError IsADirectoryError NotADirectoryError FileExistsError UnicodeDecodeError
    EmptyDataError BadZipFile UnidentifiedImageError IntCastingNaNError
    ImportError ModuleNotFoundError PackageNotFoundError DistributionNotFound VersionConflict
    MemoryError OutOfMemoryError _ArrayMemoryError ArrowMemoryError
    ZeroDivisionError OverflowError FloatingPointError
    KeyboardInterrupt SystemExit CancelledError GeneratorExit InterruptException
    RecursionError NotFittedError StopIteration StopAsyncIteration StackOverflowError
    DeadKernelError BrokenProcessPool TerminatedWorkerError KilledWorker
    PermissionError JSONDecodeError UnpicklingError
    TimeoutExpired CellTimeoutError
    BinderException UndefinedTable UndefinedColumn UndefinedFunction UniqueViolation
    ForeignKeyViolation NotNullViolation CheckViolation DuplicateTable InFailedSqlTransaction
    AmbiguousColumn
    ContentDecodingError DecodingError
    OutOfBoundsDatetime OutOfBoundsTimedelta
    DeprecationWarning PendingDeprecationWarning FutureWarning SyntaxWarning ResourceWarning
    UsageError
    ConnectionRefusedError ConnectionResetError ConnectionAbortedError BrokenPipeError gaierror
    """)
)
"""Classes that mean one thing whatever their message says: it often quotes the user's own words,
such as the key that is missing or the file that is not there."""

CLASS_LISTS: dict[Category, str] = {
    C.syntax: """
        SyntaxError IndentationError TabError UsageError IncompleteInputError SyntaxWarning
        TemplateSyntaxError TemplateAssertionError
        """,
    C.name: "NameError UnboundLocalError UndefVarError ReferenceError UndefinedVariableError",
    C.attribute: "AttributeError FrozenInstanceError ModuleAttributeError FieldError",
    C.type: """
        TypeError UFuncTypeError _UFuncNoLoopError _UFuncBinaryResolutionError
        _UFuncInputCastingError _UFuncOutputCastingError DTypePromotionError
        TypingError UnsupportedError LoweringError MethodError ArrowTypeError
        PicklingError ConcretizationTypeError TracerArrayConversionError
        TracerBoolConversionError TracerIntegerConversionError UnexpectedTracerError
        PySparkTypeError ClassCastException CompileError BeartypeCallHintParamViolation
        TypeCheckError ComplexWarning BytesWarning InvalidOperationError DTypeError
        ArgumentTypeError UnimplementedError UnsupportedOperationException
        """,
    C.value: """
        ValueError ValidationError SchemaErrors SchemaDefinitionError SchemaInitError
        InvalidParameterError PatternError ArrowInvalid ArrowCapacityError JSONDecodeError
        InvalidJSONError TOMLDecodeError TomlDecodeError ParseError XMLSyntaxError YAMLError
        ScannerError ComposerError ConstructorError DuplicateError UnicodeEncodeError
        UnicodeTranslateError UnicodeError UnicodeWarning OutOfBoundsDatetime OutOfBoundsTimedelta
        IncompatibleFrequency MergeError InvalidIndexError DuplicateLabelError StatisticsError
        UnsortedIndexError UnsupportedFunctionCall IntCastingNaNError XGBoostError LightGBMError
        CatBoostError error UnsupportedProtocol
        InvalidURL MissingSchema InvalidSchema InvalidHeader UnrewindableBodyError
        ArgumentError RangeError NumberFormatException IllegalArgumentException DateParseError
        UnknownTimeZoneError AmbiguousTimeError NonExistentTimeError ZoneInfoNotFoundError
        ConversionError InvalidArgumentError ComputeError ParamValidationError HFValidationError
        BadRequestError UnprocessableEntityError PySparkValueError DtypeWarning InvalidArgument
        ParserWarning MissingDataError
        ParameterError InvalidVersion InvalidRequirement TraitError SympifyError NetworkXUnfeasible
        NetworkXNoPath ValueWarning SchemaInferenceError
        CategoricalRemappingWarning
        SQLLengthError Infeasible SpecificationError InvalidDimensionsError SchemaValidationError
        PlotlyError DCPError SolverInputError DataError InvalidComparison NumExprClobberingError
        """,
    C.shape: """
        ShapeError DimensionMismatch AxisError DataDimensionalityWarning DataConversionWarning
        LengthMismatch DimensionError DimensionMismatchError
        """,
    C.lookup: """
        KeyError IndexError LookupError ColumnNotFoundError StructFieldNotFoundError
        OutOfBoundsError BoundsError ArrowKeyError ArrowIndexError IndexingError
        NoSectionError NoOptionError NodeNotFound NoSuchElementException NoSuchElementError
        ArrayIndexOutOfBoundsException IndexOutOfBoundsException StringIndexOutOfBoundsException
        NoSuchKey NoSuchBucket EntryNotFoundError KeyErrorMessage NoDataFoundError
        NetworkXPointlessConcept NameNotFound UnregisteredEnv NamespaceNotFound VersionNotFound
        OptionError InterpolationMissingOptionError MissingColumns ConfigAttributeError
        ConfigKeyError SchemaFieldNotFoundError NoMatches MissingKeysError
        """,
    C.file_io: """
        OSError IOError EnvironmentError WindowsError FileNotFoundError IsADirectoryError
        NotADirectoryError FileExistsError UnicodeDecodeError EOFError UnsupportedOperation
        EmptyDataError ParserError BadZipFile BadZipfile LargeZipFile BadGzipFile ReadError
        TarError LZMAError UnpicklingError UnidentifiedImageError DecompressionBombError
        MissingSectionHeaderError ParsingError DuplicateOptionError DuplicateSectionError
        SameFileError SpecialFileError NoDataError TemplateNotFound TemplatesNotFound
        HDF5ExtError NoSuchNodeError ArrowIOError IOException RasterioIOError DriverError
        DataSourceError WavError LibsndfileError NoBackendError PdfReadError PdfStreamError
        NotJSONError InvalidFileException InvalidImageError XLRDError CParserError
        FileReadError SafetensorError
        DataLossError NoSuchFileException FileNotFoundException ResourceWarning
        EncodingWarning UnsupportedFileFormat CouldntDecodeError MissingAudioFile ParquetError
        DataFilesNotFoundError DatasetNotFoundError NonMatchingSplitsSizesError NetCDFError
        UnsupportedFormatCharacterError BadParquetFile CSVError DecoderError
        """,
    C.import_env: """
        ImportError ModuleNotFoundError PackageNotFoundError DistributionNotFound VersionConflict
        UnknownExtra ContextualVersionConflict APIRemovedInV1
        DependencyNotInstalled DeprecatedEnv NoSuchModuleError
        TesseractNotFoundError ExecutableNotFound SessionNotCreatedException
        DeprecationWarning PendingDeprecationWarning FutureWarning VisibleDeprecationWarning
        ImportWarning InconsistentVersionWarning MatplotlibDeprecationWarning RemovedIn20Warning
        NumbaDeprecationWarning NumbaPendingDeprecationWarning PandasDeprecationWarning
        Pandas4Warning Pandas5Warning PandasFutureWarning DependencyWarning NotOpenSSLWarning
        ModuleDeprecationWarning PolarsDeprecationWarning ClassNotFoundException
        NoClassDefFoundError NoSuchMethodError UnsupportedClassVersionError NoSuchKernel
        LibraryNotFoundError InvalidInstallation PyperclipException OptionalImportError
        JavaNotFoundException UnsatisfiedLinkError BackendUnavailable LinkageError
        """,
    C.memory: """
        MemoryError OutOfMemoryError _ArrayMemoryError ArrowMemoryError ResourceExhaustedError
        OutOfMemoryException OutOfMemory
        """,
    C.device: """
        CUDARuntimeError CUDADriverError CudaSupportError CudaAPIError CudaDriverError
        CudaRuntimeError CUBLASError CUDNNError CuSparseError CUSOLVERError NVMLError
        NVMLError_LibraryNotFound NVMLError_DriverNotLoaded AcceleratorError XlaRuntimeError
        JaxRuntimeError DistBackendError NcclError NvrtcError CompileException NVRTCError
        CudaLowOccupancyError NumbaCudaError
        """,
    C.network: """
        ConnectionError ConnectionRefusedError ConnectionResetError ConnectionAbortedError
        BrokenPipeError gaierror herror timeout ConnectTimeout ReadTimeout WriteTimeout
        PoolTimeout Timeout ConnectError WriteError CloseError NetworkError
        TransportError ProtocolError RemoteProtocolError LocalProtocolError ProxyError SSLError
        SSLCertVerificationError SSLEOFError SSLZeroReturnError CertificateError
        ChunkedEncodingError ContentDecodingError DecodingError TooManyRedirects RetryError
        RequestException HTTPError HTTPStatusError URLError RemoteDisconnected IncompleteRead
        IncompleteReadError
        BadStatusLine HTTPException MaxRetryError NewConnectionError NameResolutionError
        ConnectTimeoutError ReadTimeoutError ProxySchemeUnknown ResponseError
        ClientConnectorError ClientConnectionError ClientConnectorDNSError
        ClientConnectorSSLError ClientConnectorCertificateError ClientOSError ClientPayloadError
        ClientResponseError ContentTypeError ServerDisconnectedError ServerTimeoutError
        ServerConnectionError ConnectionTimeoutError SocketTimeoutError ClientError
        EndpointConnectionError HTTPClientError ConnectionClosedError ConnectionClosed
        ConnectionClosedOK LocalEntryNotFoundError RepositoryNotFoundError
        RevisionNotFoundError HfHubHTTPError OfflineModeIsEnabled APIConnectionError
        APITimeoutError InternalServerError APIError APIStatusError ServiceUnavailable
        ServiceRequestError ServiceResponseError ResourceNotFoundError HttpResponseError
        GatewayTimeout BadGateway DeadlineExceeded ServerError TooManyRedirectsError HttpError
        ServerSelectionTimeoutError AutoReconnect NetworkTimeout CommError CommClosedError
        WebDriverException TimeoutException SMTPException SMTPServerDisconnected
        SSHException NoValidConnectionsError InsecureRequestWarning WebSocketException
        WebSocketConnectionClosedException InvalidStatusCode InvalidStatus ApiException
        UnavailableError GoogleAPICallError InactiveRpcError _InactiveRpcError RpcError
        Py4JNetworkError BadResponse UnexpectedStatus DownloadError VideoUnavailable
        RemoteDataError InvalidClientConnection ClientHttpProxyError
        """,
    C.permission: """
        PermissionError AuthenticationError PermissionDeniedError RateLimitError
        NoCredentialsError PartialCredentialsError CredentialRetrievalError
        TokenRetrievalError UnauthorizedSSOTokenError SSOTokenLoadError ProfileNotFound
        GatedRepoError LocalTokenNotFoundError DisabledRepoError DefaultCredentialsError
        RefreshError GoogleAuthError Forbidden Unauthorized Unauthenticated PermissionDenied
        TooManyRequests ClientAuthenticationError CredentialUnavailableError AccessDenied
        AccessDeniedException InsufficientPrivilege InvalidPassword
        InvalidAuthorizationSpecification AuthorizationError AuthenticationException
        AuthError ExpiredTokenException SMTPAuthenticationError MissingApiKeyError
        AuthenticationFailed BadCredentialsException RateLimitExceededException
        MissingCredentialsError RateLimitExceeded QuotaExceeded YFRateLimitError
        """,
    C.database: """
        DatabaseError OperationalError ProgrammingError IntegrityError InternalError
        InterfaceError NotSupportedError SQLAlchemyError DBAPIError StatementError
        NoSuchTableError NoSuchColumnError ResourceClosedError
        PendingRollbackError DetachedInstanceError FlushError ObjectNotExecutableError
        UnboundExecutionError NoResultFound MultipleResultsFound UnmappedInstanceError
        UnmappedClassError NoForeignKeysError AmbiguousForeignKeysError NoReferencedTableError
        StaleDataError UndefinedTable UndefinedColumn UndefinedFunction UniqueViolation
        ForeignKeyViolation NotNullViolation CheckViolation DuplicateTable InFailedSqlTransaction
        DeadlockDetected LockNotAvailable QueryCanceled CatalogException BinderException
        ParserException ConstraintException TransactionException ConversionException
        OperationFailure DuplicateKeyError BulkWriteError CollectionInvalid
        GenericGBQException ParseException SAWarning CypherSyntaxError
        StringDataRightTruncation NumericValueOutOfRange InvalidTextRepresentation
        GroupingError AmbiguousColumn ClickHouseError TableAlreadyExists NoSuchTableException
        InvalidCatalogName MissingGreenlet MySQLError InvalidCursorName
        """,
    C.interrupt: """
        KeyboardInterrupt SystemExit CancelledError GeneratorExit InterruptException BdbQuit
        TimeoutError TimeoutExpired CellTimeoutError FunctionTimedOut ExitError
        """,
    C.logic: """
        AssertionError NotFittedError NotImplementedError RecursionError StopIteration
        StopAsyncIteration RuntimeError InvalidStateError StackOverflowError Empty Full QueueEmpty
        QueueFull ShutDown AbstractMethodError SettingWithCopyError SettingWithCopyWarning
        PerformanceWarning ChainedAssignmentError FailedPreconditionError
        StaleElementReferenceException
        OutOfRangeError MisconfigurationException NullPointerException
        IllegalStateException AlreadyExistsError PySparkRuntimeError PySparkAssertionError
        PySparkNotImplementedError BrokenBarrierError CircularDependencyError
        ArrowNotImplementedError BufferError ResetNeeded NotCompiledError TransformNodeError
        StdinNotImplementedError InvalidRequestError IncompleteInput
        """,
    C.numerical: """
        ZeroDivisionError OverflowError FloatingPointError ArithmeticError LinAlgError
        ConvergenceWarning ConvergenceError RuntimeWarning DivideError DomainError
        SingularException PosDefException InexactError NoConvergence ArpackNoConvergence
        ArpackError RankWarning IntegrationWarning OptimizeWarning LinAlgWarning
        UndefinedMetricWarning FitFailedWarning PerfectSeparationError PerfectSeparationWarning
        MatrixRankWarning HessianInversionWarning IllConditionedWarning DivisionByZero
        DivisionUndefined Overflow Underflow NumbaPerformanceWarning SolverError SingularMatrixError
        NonPositiveDefiniteError ArithmeticException NotPSDError NanError PowerFlowNotConverged
        InvalidOperation Inexact Rounded Subnormal Clamped DivisionImpossible
        ConstantInputWarning DegenerateDataWarning NearConstantInputWarning SamplingError
        """,
    C.kernel_crash: """
        DeadKernelError BrokenProcessPool BrokenExecutor BrokenThreadPool TerminatedWorkerError
        KilledWorker WorkerCrashedError RayActorError ActorDiedError ActorUnavailableError
        NodeDiedError LocalRayletDiedError OwnerDiedError WorkerDied ProcessExitedException
        EngineDeadError EngineError
        ChildFailedError
        """,
    C.unknown: "Exception BaseException Error Warning UserWarning SystemError",
}

CLASSES: dict[str, Category] = {
    name: category for category, names in CLASS_LISTS.items() for name in words(names)
}

WEAK_BASES = frozenset({"Exception", "BaseException", "Warning", "UserWarning", "object", "Error"})
"""Base classes that say nothing."""

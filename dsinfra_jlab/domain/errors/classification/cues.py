"""What the words of a message say of an error, where its class leaves it open: data, no code.

Each pattern is found anywhere in the message. Patterns name what libraries really print, in whole
phrases: "memory" or "shape" alone say nothing, since users write them too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...word_lists import words
from ..occurrences import Category

C = Category

PLAIN = frozenset(
    {"ValueError", "TypeError", "AssertionError", "IndexError", "NotImplementedError"}
)
"""Python's own classes that user code raises with words of its own."""


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that make an error of a category."""

    category: Category
    pattern: re.Pattern[str]
    never: frozenset[str] = frozenset()
    """Classes that the words mean nothing of."""
    only: frozenset[str] = frozenset()
    """Classes that the words mean something of; empty for all."""


def _any(*phrases: str, case: bool = False) -> re.Pattern[str]:
    return re.compile("|".join(phrases), 0 if case else re.IGNORECASE)


CONTEXT_LOST = _any(
    r"device-side assert",
    r"illegal (?:memory access|instruction)",
    r"misaligned address",
    r"unspecified launch failure",
    r"cudnn_status_",
    r"cudnn error",
    r"cudnn failed",
    r"cublas_status_",
    r"cufft_[a-z]+",
    r"cusolver_status_",
    r"\bnccl (?:error|\w+ error)",
    r"nccl(?:internal|unhandled|system|remote)\w*error",
    r"uncorrectable ecc",
    r"hardware stack error",
    r"invalid program counter",
    r"cuda_error_(?:illegal|launch_failed|assert|misaligned|ecc|unknown)",
    r"cudaerror(?:illegal|assert|launchfailure|misaligned|ecc|unknown)",
    r"cuda error: unknown error",
    r"context is destroyed",
    r"device is lost",
    r"(?:failed to|could not) (?:create|initialize) cudnn",
    r"failed to get convolution algorithm",
    r"blas \w+ launch failed",
)
"""The device is of no use until the kernel is restarted, and the line named may be late."""

MEMORY = _any(
    r"\bout of memory\b(?! cards?\b)",
    r"outofmemoryerror",
    r"\boom when allocating",
    r"unable to allocate (?:\d|array|internal|memory|output)",
    r"(?:cannot|can't|could not|couldn't) allocate (?:memory|vector of size|\d)",
    r"failed to allocate (?:memory|\d|tensor|buffer|array|request)",
    r"(?:not enough|insufficient) (?:system |gpu |device |host |free )?memory\b",
    r"std::bad_alloc",
    r"\bbad allocation\b",
    r"malloc of size",
    r"memory allocation (?:of \d|failed)",
    r"java heap space",
    r"gc overhead limit",
    r"heap out of memory",
    r"cublas_status_alloc_failed",
    r"cudaerrormemoryallocation",
    r"cuda_error_out_of_memory",
    r"array is too big",
    r"exceed(?:s|ed|ing) (?:the |your )?(?:available )?memory(?: limit)?\b",
    r"\[errno 12\]",
)

DEVICE = _any(
    r"not on the expected device",
    r"(?:on|to) the same device",
    r"at least two devices",
    r"cuda(?:\.\w+)?\.\w*tensor\).{0,60}should be the same",
    r"should be the same.{0,60}cuda",
    r"cuda:\d+ device type tensor",
    r"mps:\d+ device type tensor|mps (?:tensor|framework|device|backend)",
    r"no cuda gpus? (?:are|is) available",
    r"no (?:gpu|cuda|opencl|cuda-capable)\b.{0,20}\b(?:devices?|available|found|is detected)",
    r"found no nvidia driver",
    r"nvidia driver on your system is too old",
    r"not compiled with (?:cuda|gpu|xpu|mps|rocm|cudnn)",
    r"(?:built|compiled) without (?:cuda|gpu)",
    r"gpu tree learner was not enabled",
    r"deserialize object on (?:a )?\w* ?(?:cuda|mps)",
    r"cuda driver (?:version|initialization|error)",
    r"cuda initialization",
    r"\bcuda(?:toolkit)? (?:error|runtime error|setup failed|failure)",
    r"\bhip error",
    r"cuda in forked subprocess",
    r"invalid device (?:ordinal|id|string|function|index)",
    r"\bcudaerror[a-z]{4,}|cuda_error_[a-z]+|cudagetdevice",
    r"device type at start of device string",
    r"could not satisfy (?:explicit )?device specification",
    r"cannot assign a device for operation",
    r"unknown backend:? '?(?:gpu|cuda|tpu|rocm)",
    r"unable to initialize backend",
    r"expected a '?\w+'? device type",
    r"expected .{0,40} on device|parameters and buffers on device",
    r"arguments? from the '\w+' backend",
    r"indices should be either on",
    r"no kernel image is available",
    r"nvml (?:shared library|error)",
    r"driver/library version mismatch",
    r"\btpu\b.{0,40}(?:not found|fail|unavailable|initiali)",
    r"is not available on (?:this )?(?:device|gpu)",
    r"requires? (?:a |at least one |an nvidia )?(?:gpu|cuda)\b",
    r"no algorithm worked",
    r"torch\.cuda\.is_available\(\) is false|\bmeta tensors?\b",
)

CRASH = _any(
    r"dataloader worker \(pid",
    r"worker process(?:es)? .{0,60}(?:died|killed|terminated|exited)",
    r"died with <signals\.sig(?!int)",
    r"\bsig(?:kill|segv|abrt|bus|ill)\b",
    r"segmentation fault",
    r"\bcore dumped\b",
    r"terminate called",
    r"kernel (?:has )?(?:died|crashed)|kernel appears to have died|dead kernel",
    r"failed to start the kernel|kernel didn't respond",
    r"(?:died|exited|terminated|stopped) (?:unexpectedly|abruptly)|(?:unexpectedly"
    r"|abruptly) terminated",
    r"terminated abruptly",
    r"executorlostfailure|lost executor",
    r"answer from java side is empty",
    r"sparkcontext (?:has been|was) (?:shut ?down|stopped)|stopped sparkcontext",
    r"workers? .{0,20}(?:was killed|were killed|lost)\b",
    r"\bkilled by signal",
)

DENIED = _any(
    r"\b(?:401|403|407|429) (?:client error|forbidden|unauthorized|too many|permission|access"
    r"|quota|request had)",
    r"http(?: ?error)?:? ?(?:status )?(?:code )?(?:401|403|407|429)\b",
    r"httperror (?:401|403|407|429)\b",
    r"error code:? (?:401|403|429)\b",
    r"(?:status|status[_ ]code|response)[ =:]{1,3}\(?(?:401|403|407|429)\b",
    r"^\(?(?:401|403|407|429)\b",
    r"unauthori[sz]ed|unauthenticated",
    r"\b(?:401|403|429) http response",
    r"\bforbidden\b",
    r"access ?denied|access is denied|access denied for user",
    r"permission denied|permission_denied|permissiondenied|insufficient (?:privilege|permission)",
    r"operation not permitted",
    r"not authori[sz]ed|not authenticated|must be authenticated|is not allowed to access",
    r"authentication (?:failed|error|failure|required|is required|token)"
    r"|password authentication failed",
    r"login (?:failed|incorrect|required)|incorrect username or password|invalid username",
    r"(?:invalid|incorrect|missing|expired|no|your|the) (?:api[ _]?key|access[ _]?token"
    r"|auth token|bearer token|security token)",
    r"api[_ ]key (?:client option|not|is|must|provided|was|required|invalid)",
    r"api[_ ]?key\b.{0,40}(?:not (?:set|found|configured|provided|valid)|missing|required"
    r"|environment)",
    r"(?:unable to locate|could not (?:automatically )?(?:determine|find|load|locate|resolve)"
    r"|no|missing|invalid|expired|default|partial) "
    r"(?:\w+ )?credentials",
    r"credentials (?:were|was|are|not|could|in|have)\b",
    r"gated repo|is a gated|access to model|restricted and you",
    r"(?:quota|rate limit|rate-limit) (?:\w+ ){0,2}exceeded|exceeded (?:your "
    r"|the )?(?:current |request |rate )?(?:quota|rate)",
    r"rate[ _-]?limit(?:ed|ing)? (?:reached|exceeded|error)|too many requests|throttling"
    r"|slow ?down\b.{0,20}request",
    r"signaturedoesnotmatch|invalidaccesskeyid|expiredtoken|invalid_grant|invalid_client",
    r"could not find kaggle\.json|kaggle\.json",
    r"ora-01017|ora-01031",
)

DENIED_STRICT = _any(
    r"\b(?:401|403|429) (?:client error|forbidden|unauthorized|too many)",
    r"http(?: ?error)? ?(?:401|403|429)\b",
    r"(?:invalid|incorrect|missing|expired|no|your|the) (?:\w+ )?(?:api[ _]?key"
    r"|access[ _]?token|auth token)\b",
    r"api[_ ]?key\b.{0,40}(?:not (?:set|found|configured|provided|valid)|missing|required"
    r"|environment|must be)",
    r"unable to locate credentials|could not (?:automatically )?determine credentials"
    r"|credentials (?:were )?not found",
    r"must be authenticated|not logged in|permission denied|\bunauthorized\b",
    r"rate limit exceeded|quota exceeded|exceeded your current quota|access denied",
)
"""For ``ValueError`` and its like, whose words are often the user's."""

SHAPE = _any(
    r"(?:could|can|can) ?not (?:be )?broadcast|not broadcastable|not be broadcast",
    r"broadcast\w*[^\n]{0,40}\bshapes?\b|\bshapes?\b[^\n]{0,40}broadcast",
    r"\bincompatible (?:\w+ )?(?:shapes?|dimensions?|sizes?|ranks?)\b|inconsistent (?:shapes?"
    r"|dimensions?|tensor size)",
    r"\bshapes?\b[^\n]{0,120}(?:not aligned|incompatible|mismatch|(?:do|does|did)(?: not|n't) match"
    r"|not compatible|cannot be multiplied|must match|must be equal|are different|is not equal"
    r"|differs?\b)",
    r"\b(?:shape|size|dimension(?:ality)?|dim|length|rank|ndim|channel)s? ?-?(?:mismatch"
    r"|mis-match)",
    r"\bmismatch(?:ed)? (?:in |between |of )?(?:\w+ ){0,3}(?:shapes?|sizes?|dimensions?"
    r"|lengths?|columns)\b",
    r"\bsizes?\b of [^\n]{0,80}(?:do(?:es)? not match|must match|mismatch)|sizes of (?:tensors"
    r"|input arguments)",
    r"\bsame (?:first dimension|length|size|shape|rank|dimension|ndim"
    r"|number of (?:samples|rows|dimensions|elements|columns|features|items|values|entries))",
    r"\b(?:same|equal) (?:len|lengths?|sizes?|shapes?)\b(?! of\b)",
    r"\bexpected (?:axis|ndim|min_ndim|max_ndim|shape|\d+ dimensions?|\d+ channels?)",
    r"\b(?:min_|max_)?ndim ?=|incompatible with the layer",
    r"(?:expect\w*|must be|should be|only|requires?d?|accepts?|given|not"
    r"|either)[^\n]{0,50}\b\d-?d(?:imensional)?\b",
    r"\b\d-?d(?:imensional)?\b[^\n]{0,60}(?:expected|instead|required|but|only|given|support)",
    r"\b(?:number|num|length)s? of [^\n]{0,120}(?:(?:do|does|did)(?: not|n't) match|mismatch"
    r"|inconsistent|not the same"
    r"|must match|is not equal|not equal|differs?\b|does not equal|different)",
    r"(?:inconsistent|different|unequal|mismatched) (?:numbers?|lengths?) of",
    r"has \d+ features?|expecting \d+ features?|\bn_features\b|features? per sample"
    r"|number of features",
    r"\blengths?\b[^\n]{0,80}(?:does(?: not|n't)|did(?: not|n't)|do(?: not|n't)|must"
    r"|should) (?:all )?(?:match|be equal|equal)",
    r"\blengths? (?:of (?:all )?\w+ )?(?:are|is) (?:different|not equal|unequal)"
    r"|different lengths?",
    r"\bdifferent (?:number of )?(?:shapes?|sizes?|dimensions?|ranks?)\b",
    r"(?<!entries, )(?:cannot|can't|could not|unable to) (?:re-?shape|squeeze|view)"
    r"|input to reshape"
    r"|requested shape",
    r"invalid for input of size|total size of new array|view size is not compatible"
    r"|inhomogeneous (?:shape|part)",
    r"setting an array element with a sequence",
    r"shape of passed values|indices imply|columns passed, passed data had|placement implies",
    r"values? to unpack\b|to unpack \(expected",
    r"too many (?:indices|indexers|dimensions(?! '))|wrong number of (?:indices|dimensions|items"
    r"|columns)",
    r"bad input shape|invalid (?:input )?(?:shape|dimensions|rank)\b",
    r"data cardinality|batch[_ ]size[^\n]{0,40}match|to match target batch_size",
    r"non-singleton dimension|size of tensor a|must match except|except for the concatenation axis",
    r"stack expects each tensor|expects? (?:each|all) [^\n]{0,30}equal size",
    r"expected (?:input|weight|target)[^\n]{0,120}(?:channels|size|dimension|elements)"
    r"|channels, but got",
    r"kernel size can't|calculated (?:padded )?(?:input|output) size|output size is too small",
    r"dimension out of range|has no dimensions|\b0-dim\b|zero-dimensional|negative dimension",
    r"dimensions? (?:must|should) be|dimensions?[^\n]{0,80}(?:(?:do|does)(?: not|n't) match"
    r"|must match|must be equal|not compatible|mismatch)",
    r"(?:number of )?dimensions? (?:is|are) not|invalid number of dimensions"
    r"|matching dimensions|contracting dimensions",
    r"size-incompatible|tensor'?s? size|sizes? of (?:the )?input",
    r"boolean (?:index|dimension|array|mask)[^\n]{0,40}(?:length|did not match|mismatch)"
    r"|item wrong length|unalignable boolean",
    r"mismatched columns|columns must be same length|multiple columns to (?:the )?single column"
    r"|1-dimensional|must be square|square matri",
    r"(?:only|can only convert) (?:integer scalar arrays|size-1|length-1|an array of size 1"
    r"|0-dimensional|one element tensors)",
    r"elements cannot be converted to scalar",
    r"\baxis -?\d+ is out of bounds|\baxes don't match|invalid axis|axis[^\n]{0,20}out of bounds",
    r"input\(s\),? but it received|expects \d+ inputs?",
    r"batch1 dim|vectors must have|inputs? must have (?:the )?(?:rank|shape|\d)"
    r"|must be (?:of )?rank|must have rank|rank \d",
    r"index implies|cannot copy sequence with size|cannot assign \d+ input values|object too deep",
    r"inconsistent with [^\n]{0,40}\bsize|expected [^\n]{0,40}\bsize ?[(\[]|\bfor shape [(\[]",
    r"multiply up to the size|\b(?:at least|at most|exactly) \w+ dimensions?"
    r"|must be a (?:matrix|vector)\b",
    r"to have (?:shape|\d+ dimensions)|feed value of shape",
    r"found array with|must pass \d-?d input|expected (?:a )?length \d+|but got length \d+",
    r"should contain \d+ elements|must be equal to (?:input_size|hidden_size|in_features)",
    r"equal in length|must be broadcastable|\.size\(-?\d+\) must|invalid number of channels",
    r"doesn't match the broadcast shape|target size \(|logits and labels must"
    r"|dimension \d+ in both shapes",
    r"a 1d array was expected|column-vector y",
    r"zip\(\) argument \d+ is (?:shorter|longer) than|result in an equal division",
    r"does not broadcast with|do not add up to shape",
    r"must (?:be of|have) length|fields? in line|bin labels must be one fewer|feature_name\(\d+\)",
)

LOOKUP = _any(
    r"not (?:found |contained )?in (?:the )?(?:index|axis|columns?|dataframe)\b",
    r"cannot resolve|unresolved_column|unresolved column",
    r"columns expected but not found|missing columns? provided|columns? (?:\w+ )?(?:are "
    r"|is )?missing",
    r"is not the name of a column|does not appear in `data`|could not interpret (?:value|input)",
    r"unable to find column|no match for fieldref|unrecognized name:",
    r"(?:missing|unexpected) key\(s\) in state_dict",
    r"\bind(?:ex|ices)\b[^\n]{0,60}(?:out of (?:bounds|range)|is not in \[)",
    r"is not in \[0, \d+\)",
    r"(?:columns?|key|field|node|label)s? ['\"`\[][^'\"`\n]{0,80}['\"`\]]+ (?:was |is |are "
    r"|were )?(?:not found|not in|missing|does not exist|do not exist)",
    r"(?:column|key|field|feature|variable|attribute) (?:\w+ )?(?:not found|does not exist)",
    r"no such (?:column|key|field)\b(?!:? \w+ \[sql)",
    r"subscript out of bounds|undefined columns selected",
)

FILE = _any(
    r"contains pickled \(object\) data",
    r"failed reading zip archive|failed finding central directory",
    r"\bfile `[^`\n]{1,200}` not found",
    r"no such file or directory|file(?: or directory)? not found|file signature not found",
    r"cannot identify image|image file is truncated|not a (?:zip|gzip|tar|valid|png|jpe?g"
    r"|hdf5) ?file|not a gzipped file",
    r"magic bytes not found|bad magic number|unable to (?:synchronously )?open (?:file|object)"
    r"|can't open file",
    r"could not open|failed to open|cannot open|path_not_found|path does not exist"
    r"|\bno files? found\b"
    r"|expanded paths were empty",
    r"file (?:is )?(?:empty|not found|does not exist|is truncated|is corrupt)|does not exist: ",
    r"i/o operation on closed file|excel file format cannot be determined|file is not a (?:zip"
    r"|recognized)",
    r"unexpected end of (?:file|data|stream)|ran out of input|pickle data was truncated"
    r"|invalid load key|unpickling",
    r"file out of specification|must end with par1|not a parquet file|error -3 while decompressing",
    r"file (?:is )?too (?:small|short)|\binvalid path\b|not found in history, as a file",
    r"field larger than field limit|line contains nul|file size is \d+ bytes, smaller",
    r"unable to read file|cannot read (?:file|image)|error tokenizing data|header too large"
    r"|crc[- ]?check failed|corrupt(?:ed)? (?:file|data|zip)",
    r"no columns to parse from file|worksheet named|no space left|disk quota|read-only file system",
    r"weights? file|checkpoint[^\n]{0,40}not (?:found|exist)|invalid file",
)

IMPORT = _any(
    r"module compiled against (?:abi|api) version",
    r"no module named|cannot import name|undefined symbol|cannot open shared object"
    r"|dll load failed|dlopen\(",
    r"\[winerror (?:126|127|193)\]|specified module could not be found",
    r"(?:pip|pip3|conda|mamba|brew|apt(?:-get)?) install\b",
    r"(?:can't find model|spacy download|nltk downloader|nltk\.download"
    r"|resource \S{1,40} not found)",
    r"(?:was|were|been|is) removed (?:in|from|since|after)|has been removed|was a deprecated"
    r"|no longer (?:supported|available|exists?|part of)(?! in pandas index)",
    r"is not installed|not be installed|isn't installed|must be installed"
    r"|needs? to be installed|requires? the \S+ (?:package|library|module)",
    r"missing optional dependency|optional dependency|could not (?:load|import|find) (?:library"
    r"|module|dependency|lib)",
    r"(?:binary incompatib|numpy\.dtype size changed|numpy is not available"
    r"|compiled using numpy 1|descriptors cannot)",
    r"java gateway process exited|java_gateway_exited|java_home|unable to (?:find|locate) java",
    r"needs to be in path|only supports chrome|not found on path|not on your path"
    r"|executables? (?:\S+ )?(?:not found|are on your)",
    r"please install|failed to import|incompatible version|requires? (?:python|numpy|pandas"
    r"|torch|tensorflow|transformers|cuda toolkit) ?[<>=]",
    r"javapackage' object is not callable|ffmpeg (?:was )?not found|library not found",
    r"glibcxx_|glibc_2|version `|do you need to install",
    r"\.(?:so|dylib|pyd)(?:\.\d+)*: (?:file too short|invalid elf|wrong elf|cannot |undefined )",
)

NETWORK = _any(
    r"connection (?:was )?(?:refused|reset|aborted|timed out|timeout|closed|broken|lost|failed"
    r"|error(?!: connection already closed))",
    r"connection to \S+[^\n]{0,80}(?:failed|refused|timed out)",
    r"max retries exceeded|name or service not known|name resolution|getaddrinfo"
    r"|nodename nor servname",
    r"no route to host|network is unreachable|failed to establish a new connection"
    r"|could not translate host name",
    r"(?:could not|couldn't|can't|cannot|unable to|failed to) (?:connect|reach)|lost connection"
    r"|server closed the connection",
    r"\[ssl|certificate_verify_failed|certificate verify failed|ssl error"
    r"|eof occurred in violation",
    r"\btimed out\b|timeout expired|read timeout|connect timeout",
    r"address already in use|remote end closed|server ?disconnected|temporary failure in name",
    r"no listener|dpy-6005|tns-|ora-125\d\d|offline mode|incomplete(?:read| read)|bad gateway"
    r"|service unavailable|gateway time-?out",
    r"\[errno (?:-2|-3|-5|98|99|101|104|110|111|113)\]|errno 11001|winerror 100\d\d",
    r"http error 5\d\d|5\d\d server error|http error 4\d\d|4\d\d client error|urlopen error",
    r"(?:no servers|all connection attempts failed|serverselectiontimeout|couldn't resolve host)",
)

TYPE = _any(
    r"cannot (?:compare|mix) \w+ (?:with|to|and)\b|^argument \d+: typeerror",
    r"too many dimensions '|should return strings, not bytes",
    r"expected floating point type|infer dtype|data ?types? (?:of|mismatch)",
    r"incompatible with expected type",
    r"expected to be an? \w+ tensor but is",
    r"expected target dtype|infer output dtype|input dtype must be",
    r"expected scalar type|(?:the )?same (?:d|data ?)?type\b"
    r"|input type \(.{0,60}\) and (?:weight|bias) type",
    r"can't be cast to|cannot be cast|cannot cast|unsupported cast|not implemented for '\w+'"
    r"|no kernel matching input",
    r"found dtype \w+ but expected|expected (?:dtype|object of scalar type|tensor for argument)"
    r"|dtype mismatch|datatype_mismatch|datatype mismatch",
    r"tensor conversion requested dtype|unsupported object type|invalid dtype|cast string to"
    r"|type mismatch",
    r"failed to convert a numpy array|can't pickle|cannot pickle|could not be pickled",
    r"only tensors of floating point|floating point and complex dtype|has no kernel",
    r"cannot infer (?:type|schema)|can not infer schema|can not merge type|cannot accept object",
)

NUMERICAL = _any(
    r"singular matrix|matrix is (?:\w+ )?singular|exactly singular|computationally singular",
    r"(?:did|does|do|has|have|could|will|can) ?(?:not|n't) (?:been )?converged?"
    r"|failed to converge|not converging|convergence (?:failed|failure)|divergence detected",
    r"non-finite|not finite|not (?:strictly )?positive[- ]?(?:semi-?)?definite"
    r"|non-positive definite|not positive[- ]definite|leading minor",
    r"overflow encountered|integer overflow|arithmetic overflow|numerical overflow"
    r"|without overflow|\boverflowerror|value too large to convert",
    r"division by zero|divide by zero|divide_by_zero|underflow|math domain error|math range error",
    r"optimal parameters not found|maxfev|ill-conditioned|loss is nan|nan loss"
    r"|returned nan values|invalid value encountered",
    r"must have different signs|factor is exactly|no convergence|negative root|perfect separation",
)

VALUE = _any(
    r"value of \w+ with more than one value is ambiguous",
    r"(?:should|must) (?:all )?be (?:between|in (?:the )?range|positive|non-?negative|greater"
    r"|less|smaller|larger|one of|divisible by)|unexpected mimetype|decimal\.conversionsyntax",
    r"is not sorted|(?:must|needs to|should) be sorted|not monotonic|incomplete mapping",
    r"is not a (?:recogni[sz]ed|supported|known|valid) (?!d?type)",
    r"contains? (?:either |any )?[`']?(?:nan|inf)",
    r"conversion from `[^`\n]{1,60}` to `[^`\n]{1,60}` failed|strict conversion|failed to parse",
    r"unpack requires a buffer|incorrect padding|odd-length string|non-base64|assertion failed\)",
)

LOGIC = _any(
    r"not (?:yet )?(?:been )?(?:fitted|built|compiled|trained|initialized)\b"
    r"|must (?:first )?(?:be fitted|call fit|compile)",
    r"event loop|never awaited|call `?fit`? (?:first|before)|before calling|must be called before",
    r"recursion depth|changed size during iteration",
    r"released too many times|only works in (?:the )?main thread",
    r"\bpool (?:is )?(?:not|still) running",
)

REMOVED = _any(
    r"was (?:a deprecated|removed)|has been removed|were removed|been deprecated|is deprecated"
    r"|no longer (?:supported|available|exists?)|removed in the|was expired"
    r"|most likely due to a circular import|is removed",
)

CALLED_WRONG = _any(
    r"(?:positional|keyword|required|unexpected) arguments?\b|unsupported operand|object is not\b",
    r"has no len\(\)|not supported between instances|not json serializable",
)
"""How Python itself refuses a call or an operation: names in it are the user's."""

BAD_DATA = _any(
    r"^could not convert string to|^invalid literal for|^time data |^unable to parse string",
    r"^invalid isoformat string|^unknown string format|^could not convert ",
)
"""How conversions begin that quote the user's data."""

BASH_MISSING = _any(r"command not found|exit status 127\b|executable file not found")
NAME = _any(
    r"\bname '[^'\n]{1,80}' is not defined",
    r"object '[^'\n]{1,80}' not found",
    r"could not find function",
    r"\bundefined value \w+:|is not fully defined; you should define",
)
NO_DATABASE = _any(
    r"database \"[^\"\n]{0,80}\" does not exist|unknown database '|cannot open database \"",
)
"""A server was reached, whatever is said before that of the connection to it."""
SQL = _any(
    r"near \"?[^\"\n]{0,60}\"?: syntax error|syntax error at or near|sql syntax|\[sql: "
    r"|no such table|parse_syntax_error|transaction is aborted|database is locked"
    r"|table_or_view_not_found|table or view not found|table not found|execution failed on sql"
)
TIMEOUT_NAMES = frozenset({"TimeoutError", "timeout"})

DB_API = frozenset(
    words("""
    DatabaseError OperationalError ProgrammingError IntegrityError InternalError InterfaceError
    DataError NotSupportedError DBAPIError StatementError SQLAlchemyError
    """)
)

PRINTED: tuple[Cue, ...] = (
    Cue(
        C.import_env,
        _any(
            r"no matching distribution|could not find a version|(?m:not found$)"
            r"|unable to locate package|no module named",
        ),
    ),
    Cue(C.permission, _any(r"permission denied|operation not permitted|authentication failed")),
    Cue(
        C.network,
        _any(
            r"could not resolve|unable to resolve|failed to (?:connect|establish)"
            r"|connection (?:refused|timed out)|network is unreachable"
            r"|temporary failure in name resolution"
            r"|(?m:^curl: \((?:5|6|7|28|35|52|56|60)\))",
        ),
    ),
    Cue(
        C.file_io,
        _any(
            r"no such file or directory|cannot (?:access|stat|open) |(?m:is a directory$)"
            r"|(?m:not a directory$|file exists$)|no space left on device",
        ),
    ),
    Cue(C.syntax, _any(r"\bsyntax error\b")),
)
"""What programs print before they give up, and nothing that may be part of what they do."""

CUES: tuple[Cue, ...] = (
    Cue(C.memory, MEMORY, never=frozenset({"AssertionError", "IndexError", "UserWarning"})),
    Cue(C.device, CONTEXT_LOST, never=frozenset({"IndexError"})),
    Cue(C.device, DEVICE, never=frozenset({"IndexError"})),
    Cue(C.kernel_crash, CRASH, never=PLAIN),
    Cue(C.import_env, BASH_MISSING, never=PLAIN),
    Cue(C.permission, DENIED, never=PLAIN),
    Cue(C.permission, DENIED_STRICT, only=PLAIN),
    Cue(C.import_env, IMPORT, never=DB_API),
    Cue(C.database, NO_DATABASE, never=PLAIN),
    Cue(C.network, NETWORK, never=PLAIN),
    Cue(C.file_io, FILE, never=DB_API | {"TypeError", "IndexError"}),
    Cue(C.database, SQL, never=PLAIN),
    Cue(C.shape, SHAPE, never=DB_API | {"OSError", "NotImplementedError"}),
    Cue(C.lookup, LOOKUP, never=DB_API | {"SchemaError", "SchemaErrors"}),
    Cue(
        C.numerical,
        NUMERICAL,
        never=frozenset({"TypeError", "AssertionError", "IndexError", "OSError"}),
    ),
    Cue(C.logic, LOGIC, never=DB_API | {"TypeError", "IndexError", "OSError"}),
    Cue(C.value, VALUE, never=DB_API | {"TypeError", "IndexError", "OSError", "LinAlgError"}),
    Cue(
        C.type,
        TYPE,
        never=DB_API | {"IndexError", "OSError", "AssertionError"},
    ),
    Cue(C.name, NAME, never=PLAIN | DB_API),
)
"""Tried in this order on errors whose class is not firm; the first that is found counts."""

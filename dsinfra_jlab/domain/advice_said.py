"""What errors say plainly enough by their text alone, and what to do then; a table, and its rule.

Each row holds only for errors of its classes. What would need a look at the objects is not here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from .advice_case import Case
from .occurrences import Advice


class _Row(NamedTuple):
    """One thing that errors say."""

    kinds: str
    """Names of classes, with blanks between."""
    pattern: str
    advice: str
    """``{1}`` stands for the first group of the pattern."""
    evidence: str
    action: str | None = None


_TABLE = (
    _Row(
        "RuntimeError",
        r"asyncio\.run\(\) cannot be called from a running event loop",
        "Write `await` instead of `asyncio.run(…)`.",
        "A notebook has an event loop already, and cells may use `await` themselves.",
    ),
    _Row(
        "RuntimeError",
        r"This event loop is already running|Cannot run the event loop while another loop",
        "Write `await` instead of `run_until_complete(…)`.",
        "A notebook has an event loop already, and cells may use `await` themselves.",
    ),
    _Row(
        "ValueError",
        r"The truth value of (?:a Series|a DataFrame|an array with more than one element|an Index)",
        "Use `&`, `|` and `~` with brackets around each part, or ask with `.any()` or `.all()`.",
        "Many values were asked for one truth; `and`, `or`, `not` and `if` need a single one.",
    ),
    _Row(
        "TypeError",
        r"the truth value of an Expr is ambiguous",
        "Use `&`, `|` and `~` with brackets around each part instead of `and`, `or` and `not`.",
        "An expression of polars has no truth of its own.",
    ),
    _Row(
        "RuntimeError",
        r"Boolean value of Tensor with more than one value is ambiguous",
        "Ask with `.any()` or `.all()`, or compare single items.",
        "A tensor with many values was asked for one truth.",
    ),
    _Row(
        "ValueError",
        r"Unknown label type: \(?'?continuous",
        "Use a regressor, or make classes of the target first.",
        "A classifier was given a target of continuous numbers.",
    ),
    _Row(
        "ValueError",
        r"Classification metrics can't handle a mix of (\w+) and continuous targets",
        "Turn predictions into classes first, for example with `.argmax(axis=1)` or a threshold.",
        "The true values are {1}, and the predictions are continuous numbers.",
    ),
    _Row(
        "ValueError",
        r"Found unknown categories (?:\[.*?\] )?in column (\d+) during transform",
        "Make the encoder with `handle_unknown='ignore'`, or fit it on all categories.",
        "Column {1} has categories that the encoder was not fitted with.",
    ),
    _Row(
        "ValueError",
        r"The least populated class(?:es)? in y ha(?:s|ve) only (\d+) member",
        "Leave out `stratify=`, or merge the rare classes.",
        "A class has only {1} member, and both parts need one.",
    ),
    _Row(
        "ValueError",
        r"n_splits=(\d+) cannot be greater than the number of members in each class",
        "Use fewer splits than {1}.",
        "The smallest class has fewer members than there are splits.",
    ),
    _Row(
        "ValueError",
        r"With n_samples=(\d+), test_size=",
        "Use more samples, or other sizes of the parts.",
        "With {1} samples one of the parts would be empty.",
    ),
    _Row(
        "ValueError",
        r"dtype='numeric' is not compatible with arrays of bytes/strings",
        "Encode the texts as numbers first.",
        "The estimator was given text where it needs numbers.",
    ),
    _Row(
        "ValueError",
        r"columns overlap but no suffix specified: Index\(\[(.*?)\]",
        "Give `lsuffix=` and `rsuffix=`, or use `merge`.",
        "Both tables have {1}.",
    ),
    _Row(
        "ValueError InvalidIndexError",
        r"cannot reindex on an axis with duplicate labels|Reindexing only valid with uniquely",
        "Make the index unique first: `.reset_index(drop=True)`, or drop duplicates.",
        "An index has the same label several times.",
    ),
    _Row(
        "ValueError",
        r"Index contains duplicate entries, cannot reshape",
        "Use `pivot_table` with an `aggfunc`, or drop the duplicates first.",
        "Several rows have the same place in the new table.",
    ),
    _Row(
        "ValueError",
        r"If using all scalar values, you must pass an index",
        "Put the values into lists: `{{'a': [1]}}`, or pass `index=[0]`.",
        "All values are single ones, so that the number of rows is not known.",
    ),
    _Row(
        "ValueError",
        r"All arrays must be of the same length",
        "Make all columns the same length.",
        "The columns of the new table have different lengths.",
    ),
    _Row(
        "ValueError",
        r"along dimension (\d+), the array at index (\d+) has size (\d+) and the array at index "
        r"(\d+) has size (\d+)",
        "Make the arrays the same size along dimension {1}, or join them along that one.",
        "Along dimension {1}, array {2} has {3} and array {4} has {5}; all are counted from 0.",
    ),
    _Row(
        "IndexError",
        r"^index (-?\d+) is out of bounds for (axis|dimension) (\d+) with size (\d+)$",
        "Ask for an index below {4} along {2} {3}.",
        "Along {2} {3} there are {4}, and index {1} was asked for.",
    ),
    _Row(
        "IndexError",
        r"boolean index did not match indexed array along axis (\d+); size of axis is (\d+) but "
        r"size of corresponding boolean axis is (\d+)",
        "Make the mask as long as what it picks from.",
        "Along axis {1} there are {2} items, and the mask has {3}.",
    ),
    _Row(
        "RuntimeError",
        r"Sizes of tensors must match except in dimension (\d+)\. Expected size (\d+) but got size "
        r"(\d+) for tensor number (\d+)",
        "Make the tensors the same size except along dimension {1}.",
        "Tensor {4} has {3} where the first has {2}; tensors are counted from 0.",
    ),
    _Row(
        "RuntimeError",
        r"shape '(\[[-\d, ]*\])' is invalid for input of size (\d+)",
        "Choose sizes whose product is {2}.",
        "The tensor has {2} items, which do not make {1}.",
    ),
    _Row(
        "RuntimeError",
        r"stack expects each tensor to be equal size, but got (\[[\d, ]*\]) at entry (\d+) and "
        r"(\[[\d, ]*\]) at entry (\d+)",
        "Bring the items to one size first, by padding, cutting or resizing.",
        "Item {2} has shape {1} and item {4} has shape {3}.",
    ),
    _Row(
        "RuntimeError",
        r"mean\(\): could not infer output dtype\.[\s\S]*Got: (\w+)",
        "Convert the tensor first: `.float().mean()`.",
        "The tensor is {1}, and a mean needs floating numbers.",
    ),
    _Row(
        "RuntimeError",
        r"0D or 1D target tensor expected, multi-target not supported",
        "Give one class index for each sample, for example by `.argmax(dim=1)`.",
        "The target has more than one dimension.",
    ),
    _Row(
        "ValueError",
        r"y should be a 1d array, got an array of shape \((\d+), 1\)",
        "Make the target flat: `y.ravel()`.",
        "The target has one column and {1} rows, and a flat one is expected.",
    ),
    _Row(
        "ValueError",
        r"n_samples=(\d+) should be >= n_clusters=(\d+)",
        "Ask for at most {1} clusters.",
        "There are {1} samples and {2} clusters.",
    ),
    _Row(
        "InvalidOperationError",
        r"`(\w+)` operation not supported for dtype `str`",
        "Cast the column first: `pl.col(…).cast(pl.Float64)`.",
        "`{1}` was asked of a column of text.",
    ),
    _Row(
        "ComputeError",
        r"cannot compare string with numeric type",
        "Cast one side first: `pl.col(…).cast(pl.Float64)`.",
        "A column of text was compared with a number.",
    ),
    _Row(
        "ShapeError",
        r"can't broadcast Series '(.*?)' of length (\d+) to length (\d+)",
        "Give the column `{1}` {3} values.",
        "`{1}` has {2} values and the table has {3} rows.",
    ),
    _Row(
        "ShapeError",
        r"unable to vstack, column names don't match: \"(.*?)\" and \"(.*?)\"",
        "Give the tables the same columns, or use `how='diagonal'`.",
        "Where one table has `{1}`, the other has `{2}`.",
    ),
    _Row(
        "NoSuchModuleError",
        r"Can't load plugin: sqlalchemy\.dialects:([\w.]+)",
        "Check the beginning of the address, or install the driver: `{1}` is not known.",
        "SQLAlchemy found no dialect called `{1}`.",
    ),
    _Row(
        "MergeError",
        r"No common columns to perform merge on",
        "Say which columns go together: `left_on=` and `right_on=`.",
        "The tables have no column of the same name.",
    ),
    _Row(
        "AttributeError",
        r"type object 'datetime\.datetime' has no attribute '(datetime|timedelta|date|timezone)'",
        "Import what is needed: `from datetime import {1}`, and leave out the first `datetime.`.",
        "`datetime` is the class here and not the module.",
    ),
    _Row(
        "ValueError",
        r"No objects to concatenate",
        "Check the list before `concat`: it is empty.",
        "There was nothing to concatenate.",
    ),
    _Row(
        "TypeError",
        r"cannot concatenate object of type '(.*?)'; only Series and DataFrame objs are valid",
        "Pass a list of tables to `concat`.",
        "One of what was passed is {1}.",
    ),
    _Row(
        "TypeError",
        r"Cannot (?:compare|subtract) tz-naive and tz-aware",
        "Give both a time zone, or take it off: `.dt.tz_localize(…)`.",
        "One of the times has a time zone and the other has none.",
    ),
    _Row(
        "TypeError",
        r"can't (?:compare|subtract) offset-naive and offset-aware datetimes",
        "Give both a time zone, such as `datetime.now(timezone.utc)`.",
        "One of the times has a time zone and the other has none.",
    ),
    _Row(
        "ParserError",
        r"Expected (\d+) fields in line (\d+), saw (\d+)",
        "Look at line {2}: check `sep=` and quotes, or skip such lines with `on_bad_lines='skip'`.",
        "Line {2} has {3} fields, and the lines before it have {1}.",
    ),
    _Row(
        "EmptyDataError",
        r"No columns to parse from file",
        "Check the file: there is nothing in it to read.",
        "The file, or what is left after `skiprows`, is empty.",
    ),
    _Row(
        "ValueError",
        r"Usecols do not match columns, columns expected but not found: \[(.*?)\]",
        "Check `usecols=`: the file has no column {1}.",
        "The header of the file was read and lacks {1}.",
    ),
    _Row(
        "ValueError",
        r"Missing column provided to 'parse_dates': '(.*?)'",
        "Check `parse_dates=`: the file has no column `{1}`.",
        "The header of the file was read and lacks `{1}`.",
    ),
    _Row(
        "ValueError",
        r"Worksheet named '(.*?)' not found",
        "Look at the names of the sheets: `pd.ExcelFile(path).sheet_names`.",
        "The file was read and has no sheet `{1}`.",
    ),
    _Row(
        "RuntimeError",
        r"Can't call numpy\(\) on Tensor that requires grad",
        "Write `.detach().numpy()`.",
        "The tensor is part of a computation of gradients.",
    ),
    _Row(
        "TypeError",
        r"can't convert (\w+:\d+) device type tensor to numpy",
        "Write `.cpu().numpy()`.",
        "The tensor is on {1}, and numpy works in the memory of the CPU.",
    ),
    _Row(
        "RuntimeError",
        r"grad can be implicitly created only for scalar outputs",
        "Make one number of it first: `.mean().backward()` or `.sum().backward()`.",
        "`backward()` was called on a tensor with several values.",
    ),
    _Row(
        "RuntimeError",
        r"element 0 of tensors does not require grad and does not have a grad_fn",
        "Let something in the computation have `requires_grad=True`, and keep it out of "
        "`torch.no_grad()`.",
        "Nothing that the result was computed from has gradients.",
    ),
    _Row(
        "RuntimeError",
        r"Trying to backward through the graph a second time",
        "Compute the loss again before each `backward()`, or pass `retain_graph=True`.",
        "The graph was freed by the first `backward()`.",
    ),
    _Row(
        "RuntimeError",
        r"modified by an inplace operation",
        "Replace the operation in place (`+=`, `x[…] =`, names with `_`) by one that makes a new "
        "tensor.",
        "A tensor that the gradients need was changed after it was used.",
    ),
    _Row(
        "RuntimeError",
        r"a leaf Variable that requires grad is being used in an in-place operation",
        "Do it within `torch.no_grad()`, or on a copy.",
        "A parameter was changed in place while gradients are recorded.",
    ),
    _Row(
        "IndexError",
        r"Target (-?\d+) is out of bounds",
        "Make the labels start at 0 and stay below the number of classes.",
        "A label is {1}, and the input has fewer classes.",
    ),
    _Row(
        "IndexError",
        r"index out of range in self",
        "Make `num_embeddings` larger than the largest index.",
        "An index is not below the size of the embedding.",
    ),
    _Row(
        "RuntimeError",
        r"expected (?:scalar type|target dtype to be) Long(?: or Byte,)? but (?:found|got) (\w+)",
        "Convert the labels: `target.long()`.",
        "The labels are {1}, and whole numbers are expected.",
    ),
    _Row(
        "RuntimeError",
        r"Error\(s\) in loading state_dict for (\w+):",
        "Build `{1}` as it was when it was saved, or look at the keys that differ.",
        "The saved parameters and those of `{1}` have other names or shapes.",
    ),
    _Row(
        "UnpicklingError",
        r"Weights only load failed",
        "Pass `weights_only=False` if you trust the file.",
        "The file holds more than tensors, and torch loads only those by default.",
    ),
    _Row(
        "ModuleNotFoundError AttributeError",
        r"^(?:No module named 'numpy\._core|module 'numpy' has no attribute '_core)",
        "Write the file again with the numpy of this kernel, or update numpy here.",
        "It was pickled with numpy 2, and this kernel has numpy 1.",
    ),
    _Row(
        "ValueError",
        r"numpy\.dtype size changed, may indicate binary incompatibility",
        "Install the package again so that it matches numpy, then restart the kernel.",
        "A compiled package was built for another version of numpy.",
        "restart",
    ),
    _Row(
        "BrokenProcessPool",
        r"A process in the process pool was terminated abruptly",
        "Put the function into a .py file, and look at the memory of the workers.",
        "A worker died; it cannot see what was defined in this notebook, or was killed.",
    ),
    _Row(
        "RuntimeError",
        r"dictionary changed size during iteration",
        "Loop over a copy: `list(d.items())`.",
        "The dict was changed while a loop went over it.",
    ),
    _Row(
        "RuntimeError",
        r"Set changed size during iteration",
        "Loop over a copy: `list(s)`.",
        "The set was changed while a loop went over it.",
    ),
    _Row(
        "TypeError",
        r"unhashable type: '(list|dict|set)'",
        "Use a tuple or a text instead of the {1}.",
        "A {1} can be no key of a dict and no item of a set.",
    ),
    _Row(
        "TypeError",
        r"'(tuple|str|range)' object does not support item assignment",
        "Make a new one, or use a list.",
        "A {1} cannot be changed.",
    ),
    _Row(
        "ValueError",
        r"assignment destination is read-only",
        "Work on a copy: `.copy()`.",
        "The array may not be written to.",
    ),
    _Row(
        "RecursionError",
        r"maximum recursion depth exceeded",
        "Check where the function stops calling itself.",
        "Calls within calls went deeper than Python allows.",
    ),
    _Row(
        "LinAlgError",
        r"[Ss]ingular matrix",
        "Use `np.linalg.lstsq` or `np.linalg.pinv`, or remove rows that depend on others.",
        "The matrix has no inverse.",
    ),
    _Row(
        "TypeError",
        r"DataFrame object does not support `Series` assignment by index",
        "Write `df = df.with_columns(…)`.",
        "Tables of polars are not changed in place.",
    ),
    _Row(
        "InvalidOperationError",
        r"conversion from `(\w+)` to `(\w+)` failed in column '(.*?)' for (\d+) out of (\d+)",
        "Clean the column `{3}`, or cast with `strict=False` to get nulls.",
        "{4} of {5} values of `{3}` cannot become {2}.",
    ),
    _Row(
        "ShapeError",
        r"height of column '(.*?)' \((\d+)\) does not match height of column '(.*?)' \((\d+)\)",
        "Make `{1}` and `{3}` the same length.",
        "`{1}` has {2} values and `{3}` has {4}.",
    ),
    _Row(
        "ValueError",
        r"Could not interpret value `(.*?)` for `(\w+)`",
        "Check `{2}=`: the data has no column `{1}`.",
        "seaborn found no column `{1}`.",
    ),
    _Row(
        "SyntaxError",
        r"Missing parentheses in call to 'print'",
        "Write `print(…)` with brackets.",
        "In Python 3 print is a function.",
    ),
    _Row(
        "SyntaxError",
        r"'await' outside (?:async )?function",
        "Define the function with `async def`.",
        "`await` stands in a function that is not async.",
    ),
    _Row(
        "TypeError",
        r"object (\w+) can't be used in 'await' expression",
        "Leave out `await`.",
        "What is waited for is a {1}, which is there at once.",
    ),
    _Row(
        "StdinNotImplementedError",
        r"raw_input was called, but this frontend does not support input requests",
        "Give the value in the code instead of asking for it.",
        "This kernel was started without a way to ask.",
    ),
    _Row(
        "PermissionError",
        r"\[Errno 13\] Permission denied: '(.*?)'",
        "Check who may read or write `{1}`.",
        "The system refused this user the access.",
    ),
)

_COMPILED = tuple((frozenset(row.kinds.split()), re.compile(row.pattern), row) for row in _TABLE)


def on_what_it_says(case: Case) -> Iterator[Advice]:
    """Say what helps where the text of an error leaves no doubt."""
    for kinds, pattern, row in _COMPILED:
        match = pattern.search(case.evalue) if case.ename in kinds else None
        if match is not None:
            groups = ("", *(each or "" for each in match.groups()))
            yield Advice(row.advice.format(*groups), row.evidence.format(*groups), row.action)

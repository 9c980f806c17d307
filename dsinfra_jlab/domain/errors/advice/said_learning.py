"""What errors of torch, scikit-learn and the like say plainly, and what to do then; data."""

from __future__ import annotations

from .rows import Row

LEARNING = (
    Row(
        "RuntimeError",
        r"Boolean value of Tensor with more than one value is ambiguous",
        "Ask with `.any()` or `.all()`, or compare single items.",
        "A tensor with many values was asked for one truth.",
    ),
    Row(
        "ValueError",
        r"Unknown label type: \(?'?continuous",
        "Use a regressor, or make classes of the target first.",
        "A classifier was given a target of continuous numbers.",
    ),
    Row(
        "ValueError",
        r"Classification metrics can't handle a mix of (\w+) and continuous targets",
        "Turn predictions into classes first, for example with `.argmax(axis=1)` or a threshold.",
        "The true values are {1}, and the predictions are continuous numbers.",
    ),
    Row(
        "ValueError",
        r"Found unknown categories (?:\[.*?\] )?in column (\d+) during transform",
        "Make the encoder with `handle_unknown='ignore'`, or fit it on all categories.",
        "Column {1} has categories that the encoder was not fitted with.",
    ),
    Row(
        "ValueError",
        r"The least populated class(?:es)? in y ha(?:s|ve) only (\d+) member",
        "Leave out `stratify=`, or merge the rare classes.",
        "A class has only {1} member, and both parts need one.",
    ),
    Row(
        "ValueError",
        r"n_splits=(\d+) cannot be greater than the number of members in each class",
        "Use fewer splits than {1}.",
        "The smallest class has fewer members than there are splits.",
    ),
    Row(
        "ValueError",
        r"With n_samples=(\d+), test_size=",
        "Use more samples, or other sizes of the parts.",
        "One of the parts would be empty: the number of samples is {1}.",
    ),
    Row(
        "ValueError",
        r"dtype='numeric' is not compatible with arrays of bytes/strings",
        "Encode the texts as numbers first.",
        "The estimator was given text where it needs numbers.",
    ),
    Row(
        "ValueError InvalidIndexError",
        r"cannot reindex on an axis with duplicate labels|Reindexing only valid with uniquely",
        "Make the index unique first: `.reset_index(drop=True)`, or drop duplicates.",
        "An index has the same label several times.",
    ),
    Row(
        "RuntimeError",
        r"Sizes of tensors must match except in dimension (\d+)\. Expected size (\d+) but got size "
        r"(\d+) for tensor number (\d+)",
        "Make the tensors the same size except along dimension {1}.",
        "Tensor {4} has {3} where the first has {2}; tensors are counted from 0.",
    ),
    Row(
        "RuntimeError",
        r"shape '(\[[-\d, ]*\])' is invalid for input of size (\d+)",
        "Choose sizes whose product is {2}.",
        "The tensor has {2} items, which do not make {1}.",
    ),
    Row(
        "RuntimeError",
        r"stack expects each tensor to be equal size, but got (\[[\d, ]*\]) at entry (\d+) and "
        r"(\[[\d, ]*\]) at entry (\d+)",
        "Bring the items to one size first, by padding, cutting or resizing.",
        "Item {2} has shape {1} and item {4} has shape {3}.",
    ),
    Row(
        "RuntimeError",
        r"mean\(\): could not infer output dtype\.[\s\S]*Got: (\w+)",
        "Convert the tensor first: `.float().mean()`.",
        "The tensor is {1}, and a mean needs floating numbers.",
    ),
    Row(
        "RuntimeError",
        r"0D or 1D target tensor expected, multi-target not supported",
        "Give one class index for each sample, for example by `.argmax(dim=1)`.",
        "The target has more than one dimension.",
    ),
    Row(
        "ValueError",
        r"y should be a 1d array, got an array of shape \((\d+), 1\)",
        "Make the target flat: `y.ravel()`.",
        "The target has one column and {1} rows, and a flat one is expected.",
    ),
    Row(
        "ValueError",
        r"n_samples=(\d+) should be >= n_clusters=(\d+)",
        "Ask for at most {1} clusters.",
        "There are {1} samples and {2} clusters.",
    ),
    Row(
        "RuntimeError",
        r"Can't call numpy\(\) on Tensor that requires grad",
        "Write `.detach().numpy()`.",
        "The tensor is part of a computation of gradients.",
    ),
    Row(
        "TypeError",
        r"can't convert (\w+:\d+) device type tensor to numpy",
        "Write `.cpu().numpy()`.",
        "The tensor is on {1}, and numpy works in the memory of the CPU.",
    ),
    Row(
        "RuntimeError",
        r"grad can be implicitly created only for scalar outputs",
        "Make one number of it first: `.mean().backward()` or `.sum().backward()`.",
        "`backward()` was called on a tensor with several values.",
    ),
    Row(
        "RuntimeError",
        r"element 0 of tensors does not require grad and does not have a grad_fn",
        "Let something in the computation have `requires_grad=True`, and keep it out of "
        "`torch.no_grad()`.",
        "Nothing that the result was computed from has gradients.",
    ),
    Row(
        "RuntimeError",
        r"Trying to backward through the graph a second time",
        "Compute the loss again before each `backward()`, or pass `retain_graph=True`.",
        "The graph was freed by the first `backward()`.",
    ),
    Row(
        "RuntimeError",
        r"modified by an inplace operation",
        "Replace the operation in place (`+=`, `x[…] =`, names with `_`) by one that makes a new "
        "tensor.",
        "A tensor that the gradients need was changed after it was used.",
    ),
    Row(
        "RuntimeError",
        r"a leaf Variable that requires grad is being used in an in-place operation",
        "Do it within `torch.no_grad()`, or on a copy.",
        "A parameter was changed in place while gradients are recorded.",
    ),
    Row(
        "IndexError",
        r"Target (-?\d+) is out of bounds",
        "Make the labels start at 0 and stay below the number of classes.",
        "A label is {1}, and the input has fewer classes.",
    ),
    Row(
        "IndexError",
        r"index out of range in self",
        "Make `num_embeddings` larger than the largest index.",
        "An index is not below the size of the embedding.",
    ),
    Row(
        "RuntimeError",
        r"expected (?:scalar type|target dtype to be) Long(?: or Byte,)? but (?:found|got) (\w+)",
        "Convert the labels: `target.long()`.",
        "The labels are {1}, and whole numbers are expected.",
    ),
    Row(
        "RuntimeError",
        r"Error\(s\) in loading state_dict for (\w+):",
        "Build `{1}` as it was when it was saved, or look at the keys that differ.",
        "The saved parameters and those of `{1}` have other names or shapes.",
    ),
    Row(
        "UnpicklingError",
        r"Weights only load failed",
        "Pass `weights_only=False` if you trust the file.",
        "The file holds more than tensors, and torch loads only those by default.",
    ),
)

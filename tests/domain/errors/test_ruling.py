"""The user's rules: the first that matches counts, and none can hang us."""

from __future__ import annotations

import pytest

from dsinfra_jlab.domain.errors import limits
from dsinfra_jlab.domain.errors.occurrences import Category, Relation
from dsinfra_jlab.domain.errors.rules import ErrorRule, RuleField
from dsinfra_jlab.domain.errors.ruling import apply_rules, check_rules
from dsinfra_jlab.domain.errors.sightings import SeenException
from dsinfra_jlab.domain.exceptions import BadInput


def error(ename: str, evalue: str = "", module: str = "", *bases: str) -> SeenException:
    return SeenException(ename, module, bases, evalue, len(evalue))


def by_class(name: str) -> ErrorRule:
    return ErrorRule(RuleField.ename, name, category=Category.value)


def by_message(pattern: str) -> ErrorRule:
    return ErrorRule(RuleField.message, pattern, is_ignored=True)


@pytest.mark.parametrize(
    "name", ["BadPrice", "shop.errors.BadPrice", "ValueError", "builtins.ValueError"]
)
def test_a_class_matches_by_name_module_or_base(name: str) -> None:
    rule = by_class(name)
    raised = error("BadPrice", "", "shop.errors", "builtins.ValueError")
    assert apply_rules([rule], [raised], 0) is rule
    assert apply_rules([rule], [error("Other")], 0) is None


def test_the_first_rule_that_matches_counts() -> None:
    rules = [by_message("nothing"), by_message(r"ValueError: .*price"), by_class("ValueError")]
    assert apply_rules(rules, [error("ValueError", "bad price")], 0) is rules[1]
    assert apply_rules(rules, [error("ValueError", "x")], 0) is rules[2]
    assert apply_rules(rules, [], 0) is None


def test_carrier_and_what_it_carries_both_match() -> None:
    group = [
        error("ExceptionGroup", "g"),
        SeenException("KeyError", "", (), "'x'", 3, parent=0, relation=Relation.group),
    ]
    for name in ("ExceptionGroup", "KeyError"):
        assert apply_rules([by_class(name)], group, 1) is not None


def test_patterns_that_cannot_be_used_are_passed_over() -> None:
    rules = [by_message("("), by_message("(a+)+$"), by_class("ValueError")]
    assert apply_rules(rules, [error("ValueError", "a" * 5_000 + "!")], 0) is rules[2]


@pytest.mark.parametrize(
    "pattern",
    [
        "(",
        "[a",
        "",
        " ",
        "(a+)+$",
        "(a*)*",
        "(?:a|aa)+$",
        "(.*)*x",
        "(?:a+b?)+c",
        ".*a.*b.*c.*d",
        r"(a)(?:\1)+",
        "(" * 400 + "a+" + ")+" * 50 + ")" * 350,
    ],
)
def test_rules_that_cannot_be_used_are_refused_by_name(pattern: str) -> None:
    with pytest.raises(BadInput) as refused:
        check_rules([by_message("fine"), by_message(pattern)])
    assert "Rule 2" in refused.value.message


@pytest.mark.parametrize(
    "pattern",
    [
        r"ValueError: .*price",
        r"^KeyError",
        r"(?i)out of memory",
        r"\d{3}-\d{4}",
        "(foo|bar) baz",
        "a+b+",
    ],
)
def test_ordinary_patterns_are_welcome(pattern: str) -> None:
    check_rules([by_message(pattern)])


def test_too_many_rules_are_refused() -> None:
    with pytest.raises(BadInput):
        check_rules([by_class("A")] * (limits.RULES_MAX + 1))
